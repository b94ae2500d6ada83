"""Who rests on a list: the reasons that pass, and those who came in before."""

from datetime import timedelta

import pyarrow.parquet as pq

from features.engine.duckdb_session import read
from serving.campaigns.deltas.resting import FOR_NOW, resting_sql
from serving.campaigns.export import export
from serving.campaigns.fates import BY_PLAY
from tests.serving.campaigns.world import AS_OF

ENTERED = """
[contact]
global_holdout = 0
cooldown_days = 0
[contact.channels.email]
[[play]]
name = "first"
all = ["churn_risk >= 0.9"]
channels = ["email"]
[[play]]
name = "back"
all = ["stage == 'lapsed_1'"]
entered = true
channels = ["email"]
"""


def test_the_reasons_that_pass_are_reasons():
    assert {*FOR_NOW} < {*BY_PLAY} and not {*FOR_NOW} & {"no_consent", "opted_out", "in_other_play", "not_reachable"}


def test_who_entered_before_and_still_meets_the_rule_rests_unless_a_higher_play_takes_them(shop):
    one = shop(ENTERED, users=40)
    one.scored = [row | {"stage": "lapsed_1"} for row in one.scored]
    export(one.base, one.approved(), "back", "csv", AS_OF, "eve")
    one.scored = [row | {"stage": "active" if row["user_id"] < 10 else "lapsed_1"} for row in one.scored]
    one.scored = [row | {"churn_risk": 0.95 if row["user_id"] >= 30 else 0.1} for row in one.scored]
    run, con = one.plan(day=1), one.base.con
    found = read(con, resting_sql(run.files, run.stayed, 1, ["first"]))["user_id"].to_pylist()
    assert sorted(found) == list(range(10, 30))
    left = pq.read_table(run.folder / "lists/back/out.parquet")["user_id"].to_pylist()
    assert left and all(user < 10 or user >= 30 for user in left)
    assert AS_OF + timedelta(days=1) == run.as_of
