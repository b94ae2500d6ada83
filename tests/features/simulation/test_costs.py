"""What the simulated channels cost follows from who came by them, whatever the chunks."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.simulate import simulate
from features.simulation.costs import PER_DAY, PER_USER, costs, count, nobody
from features.simulation.story import CHANNELS, DAY


def test_costs_grow_with_the_users_who_came(tmp_path):
    simulate(tmp_path, 6_000, days=60, until=date(2025, 6, 1), chunk=5_000)
    paid = pq.read_table(tmp_path / "costs").to_pandas()
    users = pq.read_table(tmp_path / "users", columns=["channel", "signup_time"]).to_pandas()
    for name, each in PER_USER.items():
        expected = each * (users.channel == name).sum() + 60 * PER_DAY[name]
        assert paid.cost[paid.channel == name].sum() == pytest.approx(expected, rel=0.1)
    assert set(paid.channel) <= set(PER_USER) and (paid.cost > 0).all()
    assert (paid.time.dt.normalize() == paid.time).all() and not paid.duplicated(["time", "channel"]).any()


def test_the_same_users_in_other_blocks_cost_the_same():
    until, rng = 20_000, np.random.default_rng(1)
    at = pa.array((until - rng.integers(1, 35, 200)) * DAY + 5).cast(pa.timestamp("us", "UTC"))
    users = pa.table({"signup_time": at, "channel": rng.choice(CHANNELS, 200)})
    whole, parts = nobody(30), nobody(30)
    count(whole, users, until)
    for begin in range(0, 200, 60):
        count(parts, users.slice(begin, 60), until)
    assert (whole == parts).all() and 100 < whole.sum() < 200  # who came earlier is passed over
    assert costs(7, whole, until).equals(costs(7, parts, until))
