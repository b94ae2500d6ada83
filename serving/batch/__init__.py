"""Batch scoring: a user base goes in, an immutable snapshot comes out."""
