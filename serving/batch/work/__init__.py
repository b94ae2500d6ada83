"""The work on one bucket, in this process or on the executors of Spark."""
