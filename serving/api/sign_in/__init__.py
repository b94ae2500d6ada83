"""Signing in to the pages: a key once, then a cookie; and what holds for every answer and form of theirs."""
