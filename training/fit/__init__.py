"""One whole training, from the tables to a bundle."""
