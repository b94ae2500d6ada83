"""Places that are no folder of this machine: object storage, and tables of Delta and Iceberg anywhere."""
