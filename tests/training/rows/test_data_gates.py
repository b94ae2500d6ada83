"""Whether there is enough to learn from is told before anything is learned, with what to do."""

from datetime import timedelta

import pytest

from features.errors import GateFailed
from features.user_base import UserBase
from training.rows.data_gates import Outcomes, data_gates, gates_from_counts, outcomes, stop

LONG = 365.0


@pytest.fixture
def level(config_of, cutoff):
    """level(churned, stayed, history): the levels of history, churned and stayed users at a horizon of 30 days."""

    def make(churned=5000, stayed=5000, history=LONG, **sections):
        gates = gates_from_counts(config_of(**sections), Outcomes(churned, stayed, (cutoff,)), history)
        return tuple(gate.level for gate in gates)

    return make


@pytest.mark.parametrize("count, expected", [(0, "red"), (99, "red"), (100, "amber"), (999, "amber"), (1000, "green")])
def test_users_of_either_outcome(level, count, expected):
    assert level(churned=count) == ("green", expected, "green")
    assert level(stayed=count) == ("green", "green", expected)


def test_history_of_three_horizons(level):
    assert level(history=90)[0] == "green" and level(history=89.9)[0] == "red"
    assert level(history=111, churn={"gap_days": 7})[0] == "green"  # the gap belongs to every window
    assert level(history=110, churn={"gap_days": 7})[0] == "red"
    assert level(history=179, value={"horizon_days": 60})[0] == "red"  # and the longer horizon counts


def test_what_to_do_stands_beside_what_was_found(config_of, cutoff):
    gates = gates_from_counts(config_of(), Outcomes(99, 100, (cutoff,) * 2), 45)
    assert [(gate.found, gate.cure) for gate in gates] == [
        (
            "45 days are 1.5 horizons of 30",
            "give logs of 90 days, or lower churn.horizon_days and value.horizon_days to 15.0 or less",
        ),
        (
            "99 at 2 closed cutoffs",
            "at least 100 are needed: give longer logs or more users, or lower churn.horizon_days (now 30)",
        ),
        (
            "100 at 2 closed cutoffs",
            "figures are rough below 1,000: read their intervals, or raise churn.horizon_days (now 30)",
        ),
    ]


def test_red_stops_in_one_line_and_amber_does_not(config_of, cutoff):
    stop(gates_from_counts(config_of(), Outcomes(100, 100, (cutoff,)), 90))
    with pytest.raises(GateFailed) as error:
        stop(gates_from_counts(config_of(), Outcomes(99, 100, (cutoff,)), 89))
    told = str(error.value)
    assert told.startswith("too little to learn from: history: 89 days are 3.0 horizons") and "\n" not in told
    assert "churned users: 99 at 1 closed cutoff; at least 100" in told and "stayed" not in told


def test_a_user_counts_once_for_either_outcome(con, config_of, tables_of, cutoff):
    # Closed cutoffs stand 0, 30 and 60 days back: the fourth has less than half a horizon behind it.
    orders = ["user_id ago amount", ("both", 70, 1), ("both", 45, 1), ("gone", 95, 1), ("gone", 90.5, 1)]
    found = outcomes(UserBase(config_of(), con, tables_of(orders=orders)))
    assert found.cutoffs == tuple(cutoff - timedelta(days=days) for days in (60, 30, 0))
    # both: stayed from -60 on, churned from -30 on and still eligible at 0; gone: churned from -60 on.
    assert (found.churned, found.stayed) == (2, 1)


def test_where_nothing_has_closed_the_gates_still_speak(con, config_of, tables_of):
    gates = data_gates(UserBase(config_of(), con, tables_of(ahead=1, orders=["user_id ago amount", ("a", 2, 1)])))
    assert [gate.level for gate in gates] == ["red"] * 3
    assert [gate.found for gate in gates] == ["3 days are 0.1 horizons of 30", *["0 at 0 closed cutoffs"] * 2]
