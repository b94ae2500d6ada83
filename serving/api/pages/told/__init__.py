"""What stages, layers and rules mean, in words that people read."""
