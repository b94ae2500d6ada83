"""Looks are planned, made once, and told again."""

from datetime import datetime, timedelta

import pytest

from features.errors import BadInput
from training.verification.campaigns.looks_kept import FILE, Made, Plan, level_of, load, look_now, save

DAY = datetime(2026, 1, 1)


def times(count):
    return [DAY + timedelta(hours=one) for one in range(count)]


def asked(*closed, assigned=100, goes_on=False):
    """The plan after asking when so many windows were over."""
    plan = None
    for count in closed:
        plan = look_now(plan, times(count), assigned, goes_on)
    return plan


@pytest.mark.parametrize(
    ("closed", "fractions"),
    [
        ((0,), []),
        ((19,), []),
        ((20,), [0.2]),
        ((33,), [0.33]),
        ((33, 33), [0.33]),
        ((33, 39), [0.33]),
        ((33, 40), [0.33, 0.4]),
        ((20, 100), [0.2, 1]),
        ((100, 100), [1]),
        ((20, 40, 41, 59, 60, 99, 100), [0.2, 0.4, 0.6, 0.99, 1]),
    ],
    ids=str,
)
def test_a_look_comes_at_each_fifth_and_asking_between_is_free(closed, fractions):
    assert [one.fraction for one in asked(*closed).made] == fractions


def test_a_campaign_whose_windows_close_at_once_has_one_look_at_95_percent():
    plan = asked(100)
    assert level_of(plan).level == pytest.approx(0.95, abs=1e-6) and plan.over


def test_early_looks_are_told_with_wider_intervals():
    levels = [level_of(asked(*range(20, end, 20))).level for end in (21, 41, 61, 101)]
    assert levels == sorted(levels, reverse=True) and levels[0] > 0.9999 and 0.95 < levels[-1] < 0.96


def test_a_look_counts_who_was_assigned_until_then():
    assert asked(33).made[0].until == times(33)[-1] and asked(33).made[0].users == 33


def test_a_play_that_goes_on_is_planned_for_twice_the_users_of_its_first_look():
    plan = asked(100, assigned=120, goes_on=True)
    assert plan.users == 200 and not plan.over and plan.next_users == 120


def test_a_plan_that_is_over_stays_as_it_was_told():
    plan = asked(100)
    assert look_now(plan, times(500), 500) == plan


def test_the_first_look_is_told_before_it_comes():
    assert asked(3, assigned=101).next_users == 21


def test_looks_are_kept_and_those_of_other_campaigns_stay(tmp_path):
    folder = tmp_path / "verification"
    assert load(folder) == {}
    first = {"a/p": Plan(100, (Made(DAY, 20, 0.2, {"verdict": "not proven"}),)), "活动": Plan(7)}
    save(folder, first)
    save(folder, {"b": Plan(9)})
    assert load(folder) == first | {"b": Plan(9)}
    assert load(folder)["a/p"].made[0].told == {"verdict": "not proven"}
    assert [one.name for one in folder.iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "{}", '{"plans": {"a": {"users": 9, "made": []}}}'], ids=str)
def test_a_damaged_file_is_named_with_its_cure(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(BadInput, match=rf"{FILE}: damaged or unreadable; .*remove it: looks then begin anew"):
        load(tmp_path)
