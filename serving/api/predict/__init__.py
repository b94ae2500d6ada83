"""New scores for users who come with their rows."""
