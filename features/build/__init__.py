"""The feature table: the past before a cutoff, the population, and one aggregation per table."""

from features.build.feature_table import Plan, available, build, count_known, known, model_columns, plan, run

__all__ = ["Plan", "available", "build", "count_known", "known", "model_columns", "plan", "run"]
