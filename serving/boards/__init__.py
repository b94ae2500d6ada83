"""Writes the boards beside a snapshot, and reads them again."""
