import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.config.rules import Rule
from features.config.sections import Condition, Lifecycle, Override, StageSetting
from features.config.stage_rules import STATES, assign, kind, ladders
from features.errors import BadInput

DEFAULT = ["prospect", "lapsed_3", "lapsed_2", "lapsed_1", "resurrected", "new", "at_risk"]
DEFAULT += ["inactive", "loyal", "active", "potential"]


def made(lifecycle, horizon=90.0):
    return ladders(lifecycle, horizon, "high", "holdfast.toml")


def values(rows=1, **given):
    """A user of middling everything, but for what is given."""
    plain = {"active_total": 9.0, "days_since_active": 20.0, "days_since_return_90d": np.nan, "tenure_days": 400.0}
    plain |= {"healthy": 0.0, "healthy_weeks": 0.0, "healthy_before": 0.0, "lost_health": 0.0}
    found = {name: np.full(rows, value) for name, value in (plain | given).items() if name != "risk_band"}
    return found | {"risk_band": np.array([given.get("risk_band")] * rows, dtype=object)}


def stage(**given):
    (ladder,) = made(Lifecycle())
    return ladder.stages[assign([ladder], [values(**given)], 1)[0]].name


def test_the_default_stages_stand_in_the_order_of_the_design():
    (ladder,) = made(Lifecycle())
    assert [one.name for one in ladder.stages] == DEFAULT
    assert [str(comparison) for comparison in ladder.healthy.all] == ["active_days_90d >= 2"]
    assert {one.name: one.zh for one in ladder.stages}["at_risk"] == "流失风险"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"active_total": 0.0, "days_since_active": np.nan, "tenure_days": np.nan}, "prospect"),
        ({"days_since_active": 360.0}, "lapsed_3"),
        ({"days_since_active": 359.9}, "lapsed_2"),
        ({"days_since_active": 90.0, "healthy": 1.0}, "lapsed_1"),
        ({"days_since_return_90d": 14.0, "tenure_days": 14.0}, "resurrected"),
        ({"days_since_return_90d": 14.1}, "potential"),
        ({"tenure_days": 14.0, "lost_health": 1.0}, "new"),
        ({"lost_health": 1.0, "days_since_active": 50.0}, "at_risk"),
        ({"risk_band": "high", "healthy": 1.0, "healthy_weeks": 8.0}, "at_risk"),
        ({"risk_band": "low", "healthy": 1.0, "healthy_weeks": 8.0}, "loyal"),
        ({"days_since_active": 45.0}, "inactive"),
        ({"healthy": 1.0, "healthy_weeks": 7.0}, "active"),
        ({}, "potential"),
    ],
)
def test_who_is_on_which_default_stage(given, expected):
    assert stage(**given) == expected


def test_a_30_60_90_ladder_is_one_line_and_names_its_stages():
    (ladder,) = made(Lifecycle(lapsed_days=[30, 60, 90], inactive_days=15))
    assert [one.en for one in ladder.stages if one.name.startswith("lapsed")] == [
        "lapsed 90 d",
        "lapsed 60 d",
        "lapsed 30 d",
    ]


@pytest.mark.parametrize(
    ("horizon", "first", "last"),
    [
        (90.0, ("lapsed 90 d", "流失 90 天"), ("lapsed 360 d", "流失 360 天")),
        (10.5, ("lapsed 10.5 d", "流失 10.5 天"), ("lapsed 42 d", "流失 42 天")),
        (0.5, ("lapsed 12 h", "流失 12 小时"), ("lapsed 2 d", "流失 2 天")),
        (0.05, ("lapsed 1.2 h", "流失 1.2 小时"), ("lapsed 4.8 h", "流失 4.8 小时")),
    ],
)
def test_a_lapsed_stage_is_called_by_the_silence_it_begins_at(horizon, first, last):
    (ladder,) = made(Lifecycle(), horizon)
    called = {one.name: (one.en, one.zh) for one in ladder.stages}
    assert (called["lapsed_1"], called["lapsed_3"]) == (first, last)


def test_an_english_name_is_the_id_in_words_so_that_nobody_learns_two():
    (ladder,) = made(Lifecycle())
    for one in ladder.stages:
        assert one.en.split()[0] == one.name.split("_")[0] and one.zh != one.en


def test_a_definition_of_healthy_like_a_dating_apps_needs_no_python():
    own = Condition(all=["active_days_7d >= 5", "event_count_7d >= 7"], any=["tenure_days > 1", "order_total >= 1"])
    (ladder,) = made(Lifecycle(healthy=own))
    assert ladder.healthy.names == ("active_days_7d", "event_count_7d", "tenure_days", "order_total")


def test_an_override_is_for_those_it_names_and_comes_first():
    override = Override(when=["order_total >= 3"], lapsed_days=[10, 20, 30], inactive_days=5)
    special, common = made(Lifecycle(override=[override]))
    given = values(2, days_since_active=12.0) | {
        "order_total": np.array([3.0, 0.0]),
        "days_since_return_10d": np.full(2, np.nan),
    }
    assert [special.stages[code].name for code in assign([special, common], [given, given], 2)] == [
        "lapsed_1",
        "potential",
    ]
    assert common.when == Rule()


WRITTEN = [StageSetting(name="gone", all=["days_since_active >= 30"]), StageSetting(name="here")]


def test_stages_of_ones_own_replace_the_default_ones():
    (ladder,) = made(Lifecycle(stage=WRITTEN))
    assert [one.name for one in ladder.stages] == ["gone", "here"]


@pytest.mark.parametrize(
    ("lifecycle", "says"),
    [
        (Lifecycle(stage=WRITTEN[:1]), "lifecycle.stage[0]: 'gone' does not match all"),
        (Lifecycle(stage=[WRITTEN[1], *WRITTEN]), "lifecycle.stage[2].name: 'here' stands twice"),
        (
            Lifecycle(stage=[WRITTEN[0], StageSetting(name="late", all=["days_since_active > 60"]), WRITTEN[1]]),
            "lifecycle.stage[1]: nobody can be on 'late': every row that it matches is taken by number 0",
        ),
        (
            Lifecycle(stage=[StageSetting(name="a", all=["orders_90d > 1"]), WRITTEN[1]]),
            "lifecycle.stage[0].all[0]: no feature 'orders_90d'; did you mean 'order_",
        ),
        (
            Lifecycle(stage=[StageSetting(name="a", any=["tenure_days > 'x'"]), WRITTEN[1]]),
            "lifecycle.stage[0].any[0]: 'tenure_days' is a number and 'x' is not; write tenure_days > 5",
        ),
        (Lifecycle(healthy=Condition(all=["healthy == true"])), "lifecycle.healthy: 'healthy' is made from healthy"),
        (Lifecycle(healthy=Condition(all=["order_total > 2", "order_total < 2"])), "lifecycle.healthy: nobody can be"),
        (
            Lifecycle(healthy=Condition(all=["healty == true"])),
            "lifecycle.healthy.all[0]: no feature 'healty'; did you",
        ),
        (Lifecycle(lapsed_days=[90, 60, 30]), "lifecycle.lapsed_days: [90.0, 60.0, 30.0] does not rise; sort it"),
        (Lifecycle(inactive_days=90), "lifecycle.inactive_days: 90 is not below lapsed_days' first, 90; lower it"),
        (
            Lifecycle(override=[Override(when=["risk_band == 'high'"])]),
            "lifecycle.override[0].when: 'risk_band' depends on the stages themselves",
        ),
    ],
)
def test_a_wrong_rule_is_refused_with_key_value_and_cure(lifecycle, says):
    with pytest.raises(BadInput) as error:
        made(lifecycle)
    assert str(error.value).startswith("holdfast.toml: lifecycle")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_every_state_has_a_kind_and_features_are_numbers():
    assert {kind(name) for name in STATES} == {"flag", "number", "text"}
    assert kind("active_days_7d") == "number"


names = st.sampled_from(["days_since_active", "tenure_days", "active_total", "healthy_weeks"])
texts = st.builds(
    lambda name, test, value: f"{name} {test} {value}", names, st.sampled_from([">=", "<"]), st.integers(0, 9)
)
written = st.lists(st.tuples(st.lists(texts, max_size=2), st.lists(texts, max_size=2)), max_size=4)
numbers = st.one_of(st.floats(0, 10), st.just(float("nan")))


@given(written, st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=8))
def test_every_user_is_on_exactly_one_stage_for_any_legal_config(stages, users):
    settings = [StageSetting(name=f"s{n}", all=a, any=b) for n, (a, b) in enumerate(stages)]
    try:
        (ladder,) = made(Lifecycle(stage=[*settings, StageSetting(name="rest")]))
    except BadInput:
        return  # not a legal one
    columns = ["days_since_active", "tenure_days", "active_total", "healthy_weeks"]
    given = {name: np.array(column) for name, column in zip(columns, zip(*users, strict=True), strict=True)}
    codes = assign([ladder], [given], len(users))
    assert ((codes >= 0) & (codes < len(ladder.stages))).all()
    for row, code in enumerate(codes):
        earlier = [one.rule.match(given, len(users))[row] for one in ladder.stages[:code]]
        assert not any(earlier)
        assert ladder.stages[code].rule.match(given, len(users))[row]
