"""A tiny base for campaigns: literal users, messages, active days, and a snapshot by hand; nothing is trained."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.config import Config, load
from features.engine.duckdb_session import connect
from features.tables.clean import CleanTables
from features.tables.order_lines import merge_lines
from features.user_base import UserBase
from serving.batch.part import prefix_of, prefixes, write_part
from serving.batch.snapshot import Snapshot, finish
from serving.scoring.bucket import bucket

AS_OF = datetime(2026, 3, 2, 12)
HEAD = """\
[engine]
threads = 1
[tables.orders]
path = "nowhere.parquet"
[tables.users]
path = "nowhere.parquet"
[tables.messages]
path = "nowhere.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
"""
KINDS: Mapping[str, pa.DataType] = {
    "time": pa.timestamp("us"),
    "opened_at": pa.timestamp("us"),
    "clicked_at": pa.timestamp("us"),
    "opted_out_at": pa.timestamp("us"),
    "delivered_at": pa.timestamp("us"),
    "birthday": pa.date32(),
    "amount": pa.decimal128(18, 4),
    "churn_risk": pa.float64(),
    "expected_value": pa.float64(),
    "value_at_stake": pa.float64(),
    "value_if_stays": pa.float64(),
    "bucket": pa.int64(),
    "eligible": pa.bool_(),
    "tags": pa.list_(pa.string()),
}
Rows = Sequence[Mapping[str, Any]]


def arrow(rows: Rows, names: Sequence[str] | None = None, user: pa.DataType | None = None) -> pa.Table:
    """Rows as a table; columns are those of any row, or ``names``. Consents are flags, the rest is text."""
    names = names or list(dict.fromkeys(["user_id", *(name for row in rows for name in row)]))
    user = user or (pa.string() if rows and isinstance(rows[0]["user_id"], str) else pa.int64())

    def kind(name: str) -> pa.DataType:
        if name == "user_id":
            return user
        return pa.bool_() if name.startswith("consent") else KINDS.get(name, pa.string())

    return pa.table({name: pa.array([row.get(name) for row in rows], kind(name)) for name in names})


def config_of(folder: Path, toml: str) -> Config:
    """A configuration from its text, its store in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "holdfast.toml").write_text(HEAD + toml, encoding="utf-8")
    return load(folder / "holdfast.toml")


@contextmanager
def opened(config: Config, mark: str = "", **tables: pa.Table | None) -> Iterator[UserBase]:
    """A base over tables in memory; None leaves a table out. mark: what the tables' fingerprint says."""
    with connect(config) as con:
        yield base_of(config, con, mark, **tables)


def base_of(config: Config, con: Any, mark: str = "", **tables: pa.Table | None) -> UserBase:
    """The same in a session that is open."""
    made = {
        name: con.create_table(f"clean_{name}", rows, temp=True, overwrite=True)
        for name, rows in tables.items()
        if rows is not None
    }
    if "orders" in made:
        made["orders"] = merge_lines(made["orders"])
    return UserBase(config, con, CleanTables(made, observed_until=AS_OF, fingerprint=mark))


def snapshot(
    config: Config,
    rows: Rows,
    as_of: datetime = AS_OF,
    digits: int = 0,
    user: pa.DataType | None = None,
    before: str | None = None,
) -> Snapshot:
    """A finished snapshot of the rows: user_id, and of stage, churn_risk, value_at_stake … what is given."""
    names = ["user_id", "eligible", "stage", "churn_risk", "value_at_stake", "bucket"]
    names += ["risk_band", "value_tier", "stay_tier"]
    names += [name for name in dict.fromkeys(name for row in rows for name in row) if name not in names]
    filled = [{"eligible": True, "stage": "active", "bucket": bucket(row["user_id"])} | dict(row) for row in rows]
    table = arrow(sorted(filled, key=lambda row: row["user_id"]), names, user)
    folder = config.store_path / "snapshots" / f"{as_of:%Y-%m-%d}-{len(rows)}-{digits}"
    for prefix in prefixes(digits):
        mask = pa.array([prefix_of(one, digits) == prefix for one in table["user_id"].to_pylist()], pa.bool_())
        write_part(folder, prefix, table.filter(mask))
    about = {"users": len(rows), "as_of": as_of.isoformat(), "stages_before": before, "config_hash": config.hash()}
    return finish(folder, about, digits)


def orders(active: Mapping[Any, int], as_of: datetime = AS_OF, user: pa.DataType | None = None) -> pa.Table:
    """Orders that make so many active days of each user, one a day, back from the day before the as-of."""
    rows = [
        {"user_id": one, "time": as_of - timedelta(days=1 + back, hours=1), "amount": 1, "order_id": f"{one}-{back}"}
        for one, days in active.items()
        for back in range(days)
    ]
    return arrow(rows, ["user_id", "time", "amount", "order_id"], user)
