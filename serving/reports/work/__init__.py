"""What the jobs of stages and layers do bucket by bucket, and on Spark executors do."""
