"""Campaigns verified: who was assigned, what came after, the verdicts, and how they are told."""
