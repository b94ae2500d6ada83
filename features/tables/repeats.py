"""Exact copies of whole rows, as overlapping exports and repeated deliveries make them: found, counted, left out."""

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.config import Config
from features.tables.columns import ROW
from features.tables.open_tables import open_counted, reading

OF = ("orders", "events")


def drops_repeats(config: Config, name: str) -> bool:
    """Whether copies count once: as configured, else those of orders do and of events do not."""
    return name in OF and (config.tables[name].repeats or ("drop" if name == "orders" else "keep")) == "drop"


def count_distinct(con: Backend, rows: ir.Table) -> int:
    """How many different rows there are. rows: with ROW; copies have the same hash, user and time."""
    keys = [name for name in ("user_id", "time", ROW) if name in rows.columns]
    return int(con.to_pyarrow(rows.select(keys).distinct().count()).as_py())


def kept_repeats(con: Backend, config: Config) -> list[str]:
    """A line for every table of orders or events that keeps copies: how many there are. Reads the tables anew."""
    found = []
    for name, opened in open_counted(con, config).items():
        if name not in OF or drops_repeats(config, name):
            continue
        with reading(name):
            copies = opened.rows - count_distinct(con, opened.table)
        if copies:
            found.append(
                f"tables.{name}: {copies:,} rows are exact copies of others and count; "
                'write repeats = "drop" if they are deliveries of the same thing'
            )
    return found
