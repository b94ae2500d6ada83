"""What a person reads in the terminal, a file for each subject."""
