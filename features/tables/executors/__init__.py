"""Reading and cleaning by the executors of Spark, where the tables are Parquet that they see."""
