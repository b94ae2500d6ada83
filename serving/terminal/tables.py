"""What became of the rows of every table."""

from features.tables import CleanTables
from serving.terminal.console import say


def show_tables(tables: CleanTables, warning: str = "") -> None:
    """What became of every table's rows, how far the logs reach, and a warning where a date lies beyond."""
    for name, count in tables.counts.items():
        say(f"{name}: {count}")
    for note in tables.notes:
        say(note)
    say(f"logs from {tables.observed_from:%Y-%m-%d %H:%M} until {tables.observed_until:%Y-%m-%d %H:%M} UTC")
    if warning:
        say(warning)
