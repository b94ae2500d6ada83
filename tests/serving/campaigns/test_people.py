"""A bucket's users with all that rules may ask: literal users to literal columns."""

import shutil
from dataclasses import replace
from datetime import date

import pytest

from features.config import Engine
from serving.batch.snapshot import latest
from serving.campaigns.people import asked, bucket_by_bucket
from serving.campaigns.plan import plan
from tests.serving.campaigns.world import AS_OF, snapshot

TOML = """
[contact]
own_usage = { share = 0.5, days = 30, least = 1, most = 4 }
[contact.channels.email]
[layers]
[[layers.layer]]
name = "spend"
[[layers.layer.group]]
name = "big's"
label = "大客户"
all = ["order_count_90d >= p80"]
[[layers.layer.group]]
name = "rest"
[[calendar]]
name = "birthday"
column = "users.birthday"
days_before = 3
[[segment]]
name = "busy"
all = ["active_days_30d >= 3"]
[[play]]
name = "p"
segment = "busy"
all = ["stage in ('active', 'loyal')", "layer:spend == '大客户'", "calendar:birthday == true", "days_to:birthday <= 2"]
channels = ["email"]
"""

BUSY = """
[contact]
own_usage = { share = 0.5, days = 30, least = 1, most = 4 }
[contact.channels.email]
[[play]]
name = "p"
all = ["active_days_30d >= 3"]
channels = ["email"]
cost = 1
budget = 10
holdout = 0.3
"""


@pytest.fixture
def people(shop):
    one = shop(TOML, users=0)
    one.users = [
        {"user_id": 1, "birthday": date(1990, 3, 4), "timezone": "Asia/Tokyo"},
        {"user_id": 2, "birthday": date(1990, 3, 9), "timezone": None},
        {"user_id": 3, "birthday": None, "timezone": None},
    ]
    one.active = {1: 10, 2: 3}
    one.scored = [{"user_id": user, "value_at_stake": 1.0, "churn_risk": None} for user in (1, 2, 3, 4)]
    return one


def test_what_rules_ask_is_sorted_by_where_it_comes_from(people):
    base = people.base
    found = asked(base, base.config.playbook, AS_OF, ("active_days_30d",))
    assert found.snapshot == ("bucket", "value_at_stake", "churn_risk", "stage")
    assert set(found.features) == {"active_days_30d", "order_count_90d"}
    assert set(found.standing) == {"calendar:birthday", "days_to:birthday"}
    assert [one.name for one in found.layers] == ["spend"] and [*found.cuts] == ["order_count_90d p80"]
    without = asked(base, base.config.playbook, AS_OF, plays=False)
    assert without.features == ("active_days_30d",) and without.layers == ()


@pytest.mark.parametrize("digits", [0, 1])
def test_every_user_of_the_snapshot_has_its_columns_once(people, tmp_path, digits):
    base, scored = people.base, snapshot(people.config, people.scored, digits=digits)
    wanted, rows = asked(base, base.config.playbook, AS_OF, ("active_days_30d",)), []
    show = bucket_by_bucket(base, scored, wanted, tmp_path / "work", None)
    for part in scored.manifest["parts"]:
        show(part["prefix"])
        rows += base.con.con.sql("FROM people").to_arrow_table().to_pylist()
    found = {row["user_id"]: row for row in rows}
    assert len(rows) == 4 and {row["matched_before"] for row in rows} == {0}
    columns = ("active_days_30d", "layer:spend", "calendar:birthday", "days_to:birthday", "stage")
    assert [tuple(found[user][name] for name in columns) for user in (1, 2, 3)] == [
        (10, "big's", True, 2, "active"),
        (3, "rest", False, 7, "active"),
        (0, "rest", None, None, "active"),
    ]


def test_rules_of_all_kinds_end_in_a_play(people):
    people.toml = people.toml.replace("[contact]\n", "[contact]\nglobal_holdout = 0\n")
    people.users[0]["consent_marketing"] = True
    run = people.plan()
    assert run.report["users"]["matched"] == 1 and run.look_up([1]).num_rows == 1


def test_a_run_over_features_that_spark_built_assigns_the_same(people, rows_of, quick_spark):
    people.toml = BUSY
    people.active = {user: 1 + user % 7 for user in range(60)}
    people.users = [{"user_id": user, "consent_marketing": True, "timezone": None} for user in range(60)]
    people.scored = [{"user_id": user, "value_at_stake": float(user % 9)} for user in range(60)]
    usual = rows_of(people.plan(digits=1))
    assert len({row["arm"] for row in usual.values()}) == 3  # both, and none
    shutil.rmtree(people.store / "campaigns")
    base = people.base
    on_spark = replace(base, config=base.config.model_copy(update={"engine": Engine(kind="spark", threads=1)}))
    assert rows_of(plan(on_spark, latest(people.store), "ann")) == usual
