"""Users with their raw rows are on the stage that the batch puts them on."""

from dataclasses import replace

import pyarrow as pa
import pytest

from features.config import Lifecycle
from features.groups import lifecycle
from features.user_base import UserBase
from serving.api.predict.predictor import Predictor
from serving.api.predict.raw_rows import Raw
from serving.api.predict.raw_stages import can_tell, stages
from serving.batch.bucket_features import required_features

OWN = {
    "healthy": {
        "all": ["event_count_14d >= 3", "days_since_signup > 21"],
        "any": ["order_count_60d >= 1", "plan == 'plus'"],
    },
    "override": [{"when": ["plan == 'free'"], "healthy": {"all": ["active_days_30d >= 1"]}, "inactive_days": 10}],
}
STAGES = {
    "healthy": {"all": ["event_count_30d >= 2"]},
    "stage": [
        {"name": "steady", "all": ["healthy_weeks >= 6"]},
        {"name": "back", "all": ["healthy == true", "healthy_before <= 3"]},
        {"name": "fading", "all": ["lost_health == true"], "any": ["risk_band == 'high'", "healthy_before >= 5"]},
        {"name": "rest"},
    ],
}


def test_everybody_is_on_the_stage_of_the_snapshot(base, rows, sent, as_of, population):
    predictor, found = Predictor(base.config, base.model), []
    for begin in range(0, len(rows), 1000):
        users = sent([row["user_id"] for row in rows[begin : begin + 1000]])
        found += [one["stage"] for one in predictor.users(users, as_of, population, "en")]
    assert found == [row["stage"] for row in rows] and len(set(found)) >= 8


@pytest.mark.parametrize("rules", [OWN, STAGES], ids=["overrides", "own stages"])
def test_rules_of_ones_own_say_the_same_as_over_whole_tables(base, rows, sent, as_of, population, rules):
    config = base.config.model_copy(update={"lifecycle": Lifecycle(**rules)})
    wanted, some = required_features(config, ()), rows[:400]
    assert can_tell(wanted)
    users = pa.table({"user_id": [row["user_id"] for row in some]})
    band = pa.array([row["risk_band"] for row in some], pa.string())
    known = Raw(config, wanted.columns, 1, wanted.looks).known(sent(users["user_id"].to_pylist()), population)
    expected = lifecycle.place(UserBase(config, base.con, base.tables), as_of, users, band).users["stage"].to_pylist()
    assert stages(config, wanted, as_of, known, band) == expected and len(set(expected)) >= 4


def test_a_user_alone_is_where_they_are_among_others(base, rows, sent, as_of, population):
    predictor, some = Predictor(base.config, base.model), rows[:20]
    for row, user in zip(some, sent([row["user_id"] for row in some]), strict=True):
        assert predictor.users([user], as_of, population, "en")[0]["stage"] == row["stage"]


@pytest.mark.parametrize("rule", ["silence_to_shrunk > 1", "days_to_birthday < 5"])
def test_what_only_a_whole_base_tells_of_earlier_weeks_gives_no_stage(base, population, as_of, rule):
    config = base.config.model_copy(update={"lifecycle": Lifecycle(healthy={"all": [rule]})})
    assert not can_tell(required_features(config, ()))
    predictor = Predictor(config, base.model)
    (user,) = predictor.users([{"user_id": 1}], as_of, population, "en")
    assert user["stage"] is None and user["eligible"] is False


def test_without_any_row_a_user_is_a_prospect_also_long_after_the_snapshot(base, as_of, population):
    later = replace(population, cutoff=as_of)
    (user,) = Predictor(base.config, base.model).users([{"user_id": 1}], as_of, later, "en")
    assert user["stage"] == "prospect"
