"""Lists of users for people and programs; what may be sent is exported from a run."""
