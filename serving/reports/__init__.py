"""Reports on the whole base: stages, layers, the funnel, the feature table, and their pictures."""
