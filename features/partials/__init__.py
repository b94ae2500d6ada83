"""What is kept of a table by user and day, so that the next day need not work it out again."""
