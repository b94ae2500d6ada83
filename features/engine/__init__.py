"""What runs the queries: DuckDB, Spark, and PostgreSQL as a source."""
