"""The rows to learn from: labels (the only reader at or after a cutoff), cutoffs, data gates, choice of horizon."""
