"""A base of literal users with a snapshot made by hand, whose plays are planned, approved and exported."""

from contextlib import ExitStack
from datetime import datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from features.config import load
from features.engine.duckdb_session import connect
from features.tables.clean import CleanTables
from features.tables.order_lines import merge_lines
from features.user_base import UserBase
from serving.batch.part import ALL, write_part
from serving.batch.snapshot import finish
from serving.campaigns.export import export
from serving.campaigns.plan import plan
from serving.campaigns.receipts import approve
from serving.scoring.bucket import bucket

AS_OF = datetime(2026, 3, 2)
TOML = """\
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
[contact]
global_holdout = {share}
epoch = "{epoch}"
[contact.channels.email]
[[play]]
name = "win_back"
goal = "value"
all = ["value_at_stake >= 5"]
channels = ["email"]
holdout = {holdout}
cooldown_days = 0
"""
TIME = pa.timestamp("us")


class Shop:
    """A base that a test scores, plans and exports again. users: so many, ids 0, 1, … or 'u0', 'u1', …"""

    def __init__(self, folder, users, text):
        self.folder, self.stack, self.count = folder, ExitStack(), 0
        self.ids = [f"u{one}" if text else one for one in range(users)]
        self.kind, self.assignments, self.messages = (pa.string() if text else pa.int64()), None, []
        self.settings = {"share": 0.1, "epoch": "1", "holdout": 0.5}
        self.orders = [(one, AS_OF - timedelta(days=90), 1) for one in self.ids]

    @property
    def config(self):
        (self.folder / "holdfast.toml").write_text(TOML.format(**self.settings), encoding="utf-8")
        return load(self.folder / "holdfast.toml")

    def base(self, until=AS_OF):
        con = self.stack.enter_context(connect(self.config))
        users, times, amounts = zip(*self.orders, strict=True)
        amounts = pa.array(map(Decimal, amounts), pa.decimal128(18, 4))
        orders = {"user_id": self.array(users), "time": pa.array(times, TIME), "amount": amounts}
        orders["order_id"] = pa.array([str(one) for one in range(len(users))])
        people = {"user_id": self.array(self.ids), "consent_marketing": pa.array([True] * len(self.ids))}
        sent = {"user_id": self.array([one for one, *_ in self.messages])}
        sent |= {"time": pa.array([at for _, at, _ in self.messages], TIME)}
        sent |= {name: pa.array([row[2] for row in self.messages], pa.string()) for name in ("channel", "campaign_id")}
        made = {"orders": orders, "users": people, "messages": sent}
        tables = {n: con.create_table(f"clean_{n}", pa.table(t), temp=True, overwrite=True) for n, t in made.items()}
        tables["orders"] = merge_lines(tables["orders"])
        elsewhere = self.assignments
        if elsewhere is not None:
            elsewhere = con.create_table("elsewhere", elsewhere, temp=True, overwrite=True)
        self.count += 1
        return UserBase(self.config, con, CleanTables(tables, {}, AS_OF, until, f"{self.count}", assignments=elsewhere))

    def array(self, users):
        return pa.array(users, self.kind)

    def scored(self, at=AS_OF, unscored=()):
        """A snapshot: user number n is worth n, at risk n / all of them."""
        ids = sorted(self.ids)
        number = {one: place for place, one in enumerate(self.ids)}
        worth = [None if one in unscored else float(number[one]) for one in ids]
        rows = {
            "user_id": self.array(ids),
            "stage": pa.array(["active"] * len(ids)),
            "churn_risk": pa.array([one and one / len(ids) for one in worth], pa.float64()),
            "value_at_stake": pa.array(worth, pa.float64()),
            "expected_value": pa.array(worth, pa.float64()),
            "value_if_stays": pa.array(worth, pa.float64()),
            "stay_tier": pa.array([None if one is None else "high" for one in worth], pa.string()),
            "bucket": pa.array([bucket(one) for one in ids]),
        }
        folder = self.config.store_path / "snapshots" / f"{at:%Y-%m-%d}-0123456789"
        write_part(folder, ALL, pa.table(rows))
        about = {"users": len(ids), "as_of": at.isoformat(), "stages_before": None, "config_hash": self.config.hash()}
        return finish(folder, about, 0)

    def run(self, at=AS_OF, exported=True, **scored):
        """A run as of then, exported an hour later."""
        base = self.base()
        made = plan(base, self.scored(at, **scored), "ann")
        if exported:
            approve(made, "bob", at)
            export(base, made, "win_back", "csv", at + timedelta(hours=1), "bob")
        return made


@pytest.fixture
def shop(tmp_path):
    """shop(users=40, text=False): a base with one play."""
    made = []

    def make(users=40, text=False):
        made.append(Shop(tmp_path / f"shop{len(made)}", users, text))
        made[-1].folder.mkdir()
        return made[-1]

    yield make
    for one in made:
        one.stack.close()
