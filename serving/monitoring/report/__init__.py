"""What monitoring found, for people and programs: tables, a page, JSON, gauges, an alarm."""
