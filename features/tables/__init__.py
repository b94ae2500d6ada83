"""The input tables: opening, reading and cleaning them."""

from features.tables.clean import CleanTables
from features.tables.counts import Counts
from features.tables.open_tables import fingerprint

__all__ = ["CleanTables", "Counts", "fingerprint"]
