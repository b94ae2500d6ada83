"""A round: plan, export, what users do, verify; and the next run goes by what came of it."""

from datetime import timedelta

import numpy as np
import pytest

from serving.campaigns.export import export
from serving.campaigns.plan import plan
from serving.campaigns.receipts import approve
from serving.campaigns.saves.kept import write_save_rates
from serving.verification.assigned_users import assigned_users, goals
from serving.verification.save_rates import save_rates_by_play
from serving.verification.uplifts import with_uplift
from tests.serving.campaigns.world import AS_OF, snapshot
from training.verification.campaigns.verify import verify

TOML = """\
[contact]
global_holdout = 0
cooldown_days = 0
[contact.channels.email]
cost = 0.5
[[play]]
name = "p"
holdout = 0.5
all = ["value_at_stake >= 0"]
channels = ["email"]
cost = 0.5
budget = 100000
"""
BACK = timedelta(days=60)


@pytest.mark.parametrize(("kept", "test"), [(0.6, False), (0.0, True)])
def test_the_next_run_goes_by_what_came_of_the_one_before(shop, kept, test):
    users, rng = 2000, np.random.default_rng(3)
    one = shop(TOML, users)
    for place, row in enumerate(one.scored):
        row.update(churn_risk=0.5, value_at_stake=float(place % 40), stay_tier=("low", "high")[place % 2])
        row.update(expected_value=1.0)
    # everybody bought before the first run; after it, half of them do, and of the treated some that would have left
    one.active = dict.fromkeys(range(users), 1)
    base = one.base
    first = plan(base, snapshot(one.config, one.scored, AS_OF - BACK), "ann")
    approve(first, "bob", AS_OF - BACK)
    assert first.report["plays"][0]["rank"]["why"]["en"] == "the play has no save_rate; nothing is verified yet"
    export(base, first, "p", "csv", AS_OF - BACK, "eve")
    arms = {row["user_id"]: row["arm"] for file in first.files for row in _rows(file)}
    leave = {user: 0.5 * (1 - kept * (arm == "treatment")) for user, arm in arms.items()}
    one.active = {user: 50 for user, chance in leave.items() if rng.random() >= chance}  # days, back from the as-of
    base = one.base
    rows = assigned_users(base)
    found = verify(base, rows, goals(one.store))
    assert [(each.campaign_id, each.trial.ok) for each in found] == [(f"{first.name}/p", True)]
    seen = {row["user_id"]: row for row in found[0].seen.to_pylist()}
    assert {user: row["treated"] for user, row in seen.items()} == {user: arms[user] == "treatment" for user in arms}
    assert all(row["churned"] == (user not in one.active) for user, row in seen.items())
    kept_of_plays = with_uplift(base, save_rates_by_play(found, rows), found)
    assert "no snapshot of its runs says value_if_stays" in kept_of_plays["p"]["uplift"]["why"]
    write_save_rates(one.store, kept_of_plays)

    told = plan(base, snapshot(one.config, one.scored), "ann").report["plays"][0]
    saved = told["rank"]["why"]["en"]
    assert f"in 1 campaign until {AS_OF - BACK:%Y-%m-%d}" in saved
    assert (told["rank"]["test"] is not None) == test == saved.startswith("not proven")
    assert sum(told["fates"].values()) == told["matched"] == users
    if test:
        assert told["fates"]["treatment"] == told["rank"]["test"] == 100
    else:
        assert told["rank"]["by"] == "gain" and 50 <= float(saved.split(" saves ")[1].split(" %")[0]) <= 70
        assert 0 < told["fates"]["not_worth_it"] < 120  # 0 and 1 at stake: they save less than 1 costs


def _rows(file):
    import pyarrow.parquet as pq

    return pq.read_table(file, columns=["user_id", "arm"]).to_pylist()
