"""Health: shares by date, the Kaplan-Meier curve by hand, and moves into stages that warn."""

from datetime import date, timedelta

import pytest

from features.boards.scored.health import spells
from tests.features.boards.made import chosen, made, sight

LETTERS = {"H": "active", "L": "loyal", "R": "at_risk", "I": "inactive", "N": "new"}


def looks(*users):
    """users: a letter a date; '-' = not known yet. Rows by place of the date."""
    return [
        [
            {"user_id": f"u{n}", "stage": LETTERS[one[place]], "value_at_stake": 10.0 * n}
            | ({"stage_before": LETTERS[one[place - 1]]} if place and one[place - 1] != "-" else {})
            for n, one in enumerate(users)
            if one[place] != "-"
        ]
        for place in range(len(users[0]))
    ]


def found(con, config_of, cutoff, *users):
    dates = looks(*users)
    earlier = {10 * (len(dates) - 1 - place): rows for place, rows in enumerate(dates[:-1])}
    return made(con, sight(con, config_of(), cutoff, scored=dates[-1], earlier=earlier), "health")


def test_the_share_by_date_is_of_those_scored(con, config_of, cutoff):
    rows = [row for row in found(con, config_of, cutoff, "HHR", "-LL", "IIH") if row["kind"] == "share"]
    day = cutoff.date()
    assert chosen(rows, "date", "users", "healthy", "share") == [
        (day - timedelta(days=20), 2, 1, 0.5),
        (day - timedelta(days=10), 3, 2, pytest.approx(2 / 3)),
        (date(2026, 1, 1), 3, 2, pytest.approx(2 / 3)),
    ]


def test_the_curve_is_that_of_kaplan_and_meier(con, config_of, cutoff):
    # Spells: lost after 10, lost after 20, still healthy after 20, after 10 (came later), a second spell after 10 lost.
    rows = [
        row for row in found(con, config_of, cutoff, "HRRR", "HHRR", "IHHH", "IIHH", "RHRI") if row["kind"] == "kept"
    ]
    # After 10 days 5 spells at risk, 2 lost: 3/5. After 20 days 2 at risk, 1 lost: 3/5 × 1/2.
    assert chosen(rows, "days", "users", "healthy", "share") == [
        (10.0, 5, 3, pytest.approx(0.6)),
        (20.0, 2, 1, pytest.approx(0.3)),
    ]


def test_a_user_can_be_healthy_several_times():
    assert spells(0b1011, [0.0, 7.0, 14.0, 30.0]) == [(14.0, True)]  # the last only just began: nothing was seen of it
    assert spells(0b1110, [0.0, 7.0, 14.0, 30.0]) == [(23.0, False)]
    assert spells(0, [0.0, 7.0]) == []


def test_moves_into_stages_that_warn_are_told_with_their_value(con, config_of, cutoff):
    rows = [
        row for row in found(con, config_of, cutoff, "HR", "HR", "LI", "RI", "RR", "NR") if row["kind"] == "warning"
    ]
    assert chosen(rows, "stage_before", "stage", "users", "value") == [
        ("active", "at_risk", 2, 10.0),
        ("loyal", "inactive", 1, 20.0),
        ("new", "at_risk", 1, 50.0),
    ]
