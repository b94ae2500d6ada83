"""What became of the rows, however long the line."""

from datetime import datetime

from features.tables import CleanTables, Counts
from serving.terminal.tables import show_tables


def printed(capsys):
    return capsys.readouterr().out.splitlines()


def test_tables_tell_what_became_of_their_rows(capsys):
    counts = {"orders": Counts(3, 1, 1, 1, {"time is missing": 1})}
    noon = datetime(2026, 1, 1, 12)
    tables = CleanTables({}, counts, noon, noon, "", ("tables.orders: [a] note " + "x" * 200,))
    show_tables(tables, "note: they end early")
    assert printed(capsys) == [
        "orders: 3 rows = 1 used + 1 merged + 1 quarantined (1 time is missing)",
        "tables.orders: [a] note " + "x" * 200,
        "logs from 2026-01-01 12:00 until 2026-01-01 12:00 UTC",
        "note: they end early",
    ]
