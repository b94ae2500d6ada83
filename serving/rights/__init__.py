"""What people may ask of those who keep something of them: to be told all of it, and to be forgotten."""
