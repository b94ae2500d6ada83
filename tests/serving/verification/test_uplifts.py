"""What a play's trials teach by user: from what was known before, each user once, the same whenever asked."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest

from serving.verification.uplifts import with_uplift
from tests.serving.verification.conftest import AS_OF, Shop
from training.verification.uplift import restore

USERS = 600


@dataclass(frozen=True)
class Trial:
    ok: bool = True


@dataclass(frozen=True)
class Found:
    """What is taken of a Verified."""

    campaign_id: str
    seen: pa.Table
    trial: Trial = Trial()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run, and what its users did: a contact keeps the upper half by number, and no one else."""
    one = Shop(tmp_path_factory.mktemp("shop"), USERS, text=False)
    run = one.run(exported=False)
    rng, users = np.random.default_rng(1), np.arange(5, USERS)
    treated = rng.random(len(users)) < 0.5
    churned = rng.random(len(users)) < np.where(treated & (users >= USERS / 2), 0.1, 0.8)
    seen = pa.table(
        {
            "user_id": pa.array(users),
            "time": pa.array([AS_OF] * len(users), pa.timestamp("us")),
            "sent_as": [f"{run.name}/win_back"] * len(users),
            "share": [0.5] * len(users),
            "treated": treated.astype("int8"),
            "churned": churned.astype("int8"),
        }
    )
    yield one.base(), Found(f"{run.name}/win_back", seen)
    one.stack.close()


def told(base, *found):
    names = sorted({each.campaign_id for each in found})
    return with_uplift(base, {"win_back": {"campaigns": names}}, found)["win_back"].get("uplift")


def test_it_tells_whom_a_contact_keeps_as_plain_numbers(made):
    base, found = made
    one = told(base, found)
    predictor = restore(one["predictor"])
    values = np.array([USERS / 4, USERS * 3 / 4])
    places = {name: at for at, name in enumerate(predictor.design.names)}
    x = np.full((2, len(places)), np.nan)
    for name, amount in (("churn_risk", values / USERS), ("value_if_stays", values), ("value_at_stake", values)):
        x[:, places[name]] = amount
    low, high = predictor(x)
    assert low < 0.25 and high > low + 0.3
    assert (one["ranking"], one["spend"], one["users"], one["cost"]) == ("uplift", True, USERS - 5, 0.0)
    assert one["share"] == 1.0 and "fewer than 8,000" in one["why"]["en"]
    assert not {"scored_at", "user_id"} & set(places)


def test_each_user_counts_once_and_the_order_of_rows_changes_nothing(made):
    base, found = made
    order = np.random.default_rng(2).permutation(len(found.seen))
    later = found.seen.set_column(1, "time", pa.array([AS_OF.replace(hour=5)] * len(order), pa.timestamp("us")))
    later = later.set_column(5, "churned", pa.array(np.ones(len(order), "int8")))
    again = replace(found, seen=pa.concat_tables([later, found.seen.take(pa.array(order))]))
    assert told(base, again, found) == told(base, found)


def test_too_few_users_say_so_and_what_is_no_trial_teaches_nothing(made):
    base, found = made
    few = told(base, replace(found, seen=found.seen.slice(0, 60)))
    assert list(few) == ["why"] and "50 are needed at least" in few["why"]
    assert told(base, replace(found, trial=Trial(ok=False))) is None
