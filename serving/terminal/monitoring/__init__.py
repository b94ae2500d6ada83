"""What monitoring found, and what is stale, as a person reads it in the terminal."""
