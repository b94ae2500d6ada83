"""The contracts: input tables, the @feature decorator, and the features themselves, one family a file."""
