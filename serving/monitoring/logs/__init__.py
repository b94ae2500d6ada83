"""What the tables of the logs tell: fresh, as many rows as usual, each once, with the values of always."""
