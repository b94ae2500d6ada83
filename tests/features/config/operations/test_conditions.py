"""Rules of segments and plays ask only what a snapshot, a feature or a named group can answer."""

import pytest

from features.config.operations.conditions import LEVEL, NAMED, POINTS, SNAPSHOT, comparisons, features_of
from features.config.rules import Comparison
from features.config.sections import Condition
from features.errors import BadInput

KNOWN = {
    "layer": ["rfm"],
    "layer:rfm": ["important, to value", "重要价值客户"],
    "segment": ["core"],
    "tag": ["value:high"],
    "calendar": ["birthday"],
    "days_to": ["birthday"],
    "level": ["silver", "gold"],
    "level_before": ["silver", "gold"],
    "points": ["points"],
    "stage": ["loyal", "active"],
}


def read(*texts, known=KNOWN, any=()):
    return comparisons(Condition(all=list(texts), any=list(any)), "holdfast.toml: play[0]", known)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value_at_stake >= 60", Comparison("value_at_stake", ">=", 60.0)),
        ("order_count_45d >= 1", Comparison("order_count_45d", ">=", 1.0)),
        ("stage in ('loyal', 'active')", Comparison("stage", "in", ("loyal", "active"))),
        ("layer:rfm == '重要价值客户'", Comparison("layer:rfm", "==", "重要价值客户")),
        ("segment:core == true", Comparison("segment:core", "==", True)),
        ("tag:value:high != true", Comparison("tag:value:high", "!=", True)),
        ("calendar:birthday == true", Comparison("calendar:birthday", "==", True)),
        ("days_to:birthday <= 7", Comparison("days_to:birthday", "<=", 7.0)),
        ("level == 'gold'", Comparison("level", "==", "gold")),
        ("to_next_level < 100", Comparison("to_next_level", "<", 100.0)),
        ("points_worth > 3", Comparison("points_worth", ">", 3.0)),
    ],
)
def test_what_may_be_asked_is_read(text, expected):
    assert read(text) == ((expected,), ()) and read(any=[text]) == ((), (expected,))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("value_at_steak >= 60", "all[0]: no feature 'value_at_steak'; did you mean 'value_at_stake'?"),
        ("layers:rfm == 'x'", "no 'layers:' in rules; did you mean 'layer'?"),
        ("layer:rmf == 'x'", "no [[layers.layer]] named 'rmf'; did you mean 'rfm'?"),
        ("segment:kore == true", "no [[segment]] named 'kore'; did you mean 'core'?"),
        ("tag:high == true", "no [[tag]] named 'high'"),
        ("days_to:easter <= 7", "no [[calendar]] named 'easter'"),
        ("stage == 'loyall'", "'stage' is never 'loyall'; did you mean 'loyal'?"),
        ("stage in ('loyal', 'gone')", "'stage' is never 'gone'"),
        ("layer:rfm != 'important'", "'layer:rfm' is never 'important'"),
        ("level == 'platinum'", "'level' is never 'platinum'"),
        ("segment:core == 'yes'", "'segment:core' is a flag and 'yes' is not"),
        ("eligible == 1", "'eligible' is a flag and 1 is not"),
    ],
)
def test_what_would_match_nobody_is_refused_with_its_key(text, says):
    with pytest.raises(BadInput) as caught:
        read(text)
    assert str(caught.value).startswith("holdfast.toml: play[0].all[0]: ") and says in str(caught.value)


@pytest.mark.parametrize("text", ["level == 'gold'", "to_next_level < 5", "points_worth > 1"])
def test_levels_and_points_are_asked_only_where_there_are_any(text):
    without = {name: there for name, there in KNOWN.items() if not name.startswith(("level", "points"))}
    with pytest.raises(BadInput, match="no feature"):
        read(text, known=without)


def test_features_are_told_from_what_snapshots_and_names_hold():
    asked = ["stage", "order_count_45d", "layer:rfm", "level", "points_worth", "days_to:birthday", "tenure_days"]
    assert features_of([*asked, "tenure_days"]) == ["order_count_45d", "tenure_days"]


def test_every_kind_is_one_that_rules_know():
    kinds = [*SNAPSHOT.values(), *LEVEL.values(), *POINTS.values(), *(kind for kind, _ in NAMED.values())]
    assert set(kinds) == {"text", "number", "flag"}
