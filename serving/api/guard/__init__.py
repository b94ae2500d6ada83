"""What every request passes first: access control, limits, and then its log line and metrics."""
