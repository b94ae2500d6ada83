"""What changes on a list that a platform holds, from one export to the next."""
