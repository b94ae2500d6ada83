"""Groups of users: lifecycle stages, and groups that differ from the other users."""
