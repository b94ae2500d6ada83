"""Campaigns: from a scored base to lists that may be sent."""
