"""The input tables: opening, reading and cleaning them."""

from features.tables.clean import CleanTables
from features.tables.counts import Counts
from features.tables.stamps import fingerprint

__all__ = ["CleanTables", "Counts", "fingerprint"]
