"""Verbs about what is kept: a person out of it, all of it about one, whether it is sound, what of it is old."""
