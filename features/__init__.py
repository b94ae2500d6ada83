"""Floor 1: what is known about a user before a cutoff."""
