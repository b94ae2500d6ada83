"""One small simulated base for all boards, each worked out once, and boards of literal tables."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.boards import BOARDS
from features.boards.sight import SCORED, Sight
from features.config import load
from features.simulate import simulate
from features.user_base import UserBase, opened

AT = datetime(2025, 12, 10)  # three weeks before the logs end
TABLES = ("orders", "events", "users", "messages", "points", "feedback", "costs")


@dataclass(frozen=True)
class Small:
    """The base, what boards see of it, and the same rows for pandas: those before AT, ``date`` beside ``time``."""

    base: UserBase
    sight: Sight
    frames: dict[str, pd.DataFrame]

    kept: dict[str, pd.DataFrame] = field(default_factory=dict)

    def made(self, name: str) -> pd.DataFrame:
        if name not in self.kept:
            board = BOARDS[name]
            found = board.rows(self.base.con.to_pyarrow(board.build(self.sight)), self.sight)
            self.kept[name] = found.to_pandas()
        return self.kept[name]


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards")
    simulate(folder / "data", 400, seed=5, days=200)
    toml = "".join(f'[tables.{name}]\npath = "data/{name}/*.parquet"\n' for name in TABLES)
    (folder / "holdfast.toml").write_text(f"{toml}[churn]\nhorizon_days = 30\n[engine]\nthreads = 1\n")
    with opened(load(folder / "holdfast.toml")) as base:
        tables = dict(base.tables.tables) | {"costs": base.tables.costs}
        tables[SCORED] = base.con.create_table("scored_rows", _scored(base.con.to_pyarrow(tables["users"])), temp=True)
        frames = {name: base.con.to_pyarrow(table).to_pandas() for name, table in tables.items()}
        yield Small(base, Sight(base.config, AT, tables), {name: _past(name, one) for name, one in frames.items()})


def _scored(users: pa.Table) -> pa.Table:
    """Rows as a snapshot has them, by chance, of the users of the base."""
    rng, users = np.random.default_rng(3), users.filter(pa.compute.less(users["signup_time"], AT))
    n = len(users)
    names = {"stage": 4, "risk_band": 3, "stay_tier": 3, "value_tier": 3}
    rows = {name: pa.array([f"{name}{one}" for one in rng.integers(0, many, n)]) for name, many in names.items()}
    none = rng.random(n) < 0.2
    risk, value = rng.random(n), np.round(rng.gamma(1, 50, n), 2)
    rows |= {"stage_before": pa.array([f"stage{one}" for one in rng.integers(0, 4, n)], mask=rng.random(n) < 0.1)}
    rows |= {"level": pa.nulls(n, pa.string()), "eligible": pa.array(~none), "user_id": users["user_id"]}
    rows |= {"churn_risk": pa.array(risk, mask=none), "expected_value": pa.array(value, mask=none)}
    rows["tags"] = pa.array([[f"tag{one}" for one in range(many)] for many in rng.integers(0, 4, n)])
    # Whole numbers, so that some are alike.
    rows |= {"value_at_stake": pa.array(np.round(risk * value), mask=none)}
    return pa.table(rows | {"lifetime_value": pa.array(3 * value, mask=none)})


def _past(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    if name == "users":
        return frame[frame.signup_time < AT]
    if "time" not in frame:
        return frame
    frame = frame[frame.time < AT].copy()
    for column in frame.columns[[str(kind).startswith("datetime") for kind in frame.dtypes]]:
        frame[column] = frame[column].where(frame[column] < AT)
    return frame.assign(date=frame.time.dt.normalize())


@pytest.fixture(scope="session")
def visits(small):
    """Of the base, a row for each event and order: user_id, date, bought, and the user's channel."""
    orders, events = small.frames["orders"], small.frames["events"]
    both = pd.concat([orders.assign(bought=1), events.assign(bought=0, amount=0)])
    rows = both[["user_id", "time", "date", "bought", "amount", "session_id"]]
    return rows.merge(small.frames["users"][["user_id", "channel"]], on="user_id").reset_index(drop=True)


@pytest.fixture(scope="session")
def board_of(con, config_of, tables_of, cutoff):
    """board_of("traffic", orders=[header, *rows]): its rows as dictionaries, at the cutoff of the literal tables.

    settings: what config_of takes beside the tables; scored: rows of the snapshot, a list of dictionaries."""

    def make(name, settings=None, scored=None, **literals):
        tables = tables_of(**literals)
        config = config_of([one for one in literals if one != "costs"] or ["orders"], **(settings or {}))
        if scored is not None:
            rows = pa.Table.from_pylist(scored)
            kinds = [(one.name, pa.string() if pa.types.is_null(one.type) else one.type) for one in rows.schema]
            rows = rows.cast(pa.schema(kinds))
            tables[SCORED] = con.create_table("scored_literal", rows, temp=True, overwrite=True)
        sight = Sight(config, cutoff, tables)
        board = BOARDS[name]
        assert board.lacks(sight) is None
        return board.rows(con.to_pyarrow(board.build(sight)), sight).to_pylist()

    return make


@pytest.fixture(scope="session")
def day(cutoff):
    """day(3): the date three days before the cutoff."""
    return lambda ago: (cutoff - timedelta(days=ago)).date()
