"""Hand-made campaigns: assigned users as literal rows, and a base of orders and messages beside them."""

from datetime import timedelta

import pyarrow as pa
import pytest

from features.user_base import UserBase
from training.verification.campaigns.assigned import SCHEMA

COLUMNS = ("user_id", "ago", "campaign_id", "arm")


@pytest.fixture(scope="session")
def assigned(cutoff):
    """assigned([(user_id, ago, campaign_id, arm), …], share=…, risk=[…], …): rows of SCHEMA; ago in days before CUTOFF;
    further columns for all rows, or one value a row; the scores are a day old where there are any."""

    def make(rows, **more):
        columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
        count = len(rows)
        columns["time"] = [cutoff - timedelta(days=ago) for ago in columns.pop("ago")]
        for name, value in more.items():
            columns[name] = value if isinstance(value, list) else [value] * count
        if "risk" in more and "scored_at" not in more:
            columns["scored_at"] = [time - timedelta(days=1) for time in columns["time"]]
        kind = pa.int64() if isinstance(rows[0][0], int) else pa.string()
        schema = SCHEMA.set(0, pa.field("user_id", kind))
        columns.setdefault("sent_as", columns["campaign_id"])
        return pa.table({one.name: pa.array(columns.get(one.name, [None] * count), one.type) for one in schema})

    return make


@pytest.fixture
def base_of(con, config_of, tables_of):
    """base_of(orders=[…], messages=[…], ahead=60): a base of these tables, its horizon 30 days."""

    def make(ahead=60, horizon=30, churn=None, **literals):
        config = config_of(literals, horizon=horizon, churn=churn)
        return UserBase(config, con, tables_of(ahead, **literals))

    return make


@pytest.fixture
def trial(assigned, base_of):
    """trial(treated, held, stay, ids=int, **more): a base and its rows: of each arm's users the first ``stay`` order on
    the fifth day after the assignment on CUTOFF, for 10 each; everybody ordered a hundred days before it."""

    def make(sizes=(60, 40), stay=(45, 15), ids=int, campaign_id="autumn", ahead=60, messages=None, **more):
        users = [*range(1, sum(sizes) + 1)]
        arms = ["treatment"] * sizes[0] + ["holdout"] * sizes[1]
        places = [*range(sizes[0]), *range(sizes[1])]
        came = [place < (stay[0] if arm == "treatment" else stay[1]) for place, arm in zip(places, arms, strict=True)]
        orders = [(ids(user), 100, 10) for user in users]
        orders += [(ids(user), -5, 10) for user, back in zip(users, came, strict=True) if back]
        tables = {"orders": ["user_id ago amount", *orders]}
        if messages is not None:
            tables["messages"] = ["user_id ago campaign_id", *((ids(user), *rest) for user, *rest in messages)]
        rows = assigned([(ids(user), 0, campaign_id, arm) for user, arm in zip(users, arms, strict=True)], **more)
        return base_of(ahead, **tables), rows

    return make
