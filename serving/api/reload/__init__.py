"""How a new model and a new snapshot come into a running service, and how a bad one does not."""
