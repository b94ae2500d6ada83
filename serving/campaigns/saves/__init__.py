"""What plays were verified to save, from one run to the next."""
