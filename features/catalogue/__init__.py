"""The contracts: input tables, the @feature decorator, and the features themselves, one file per family."""
