"""What is read by GET, and the description of every route."""
