"""What a table of moves expects: shares of the cell, leaning on its stage, with the chance in it."""

from math import sqrt

import pytest

from features.boards.scored.flow_table import SHRINK, Moves, expected, mean_error, spread


def test_a_cell_leans_on_its_stage():
    moves = Moves()
    for decile, following, users in ((0, "stay", 30), (9, "go", 10)):
        moves.add("on", decile, following, users)
    shares, told = moves.shares("on", 9)
    assert shares == {
        "stay": pytest.approx(SHRINK * 0.75 / (10 + SHRINK)),
        "go": pytest.approx((10 + SHRINK * 0.25) / (10 + SHRINK)),
    }
    assert told == 10 + SHRINK and sum(shares.values()) == pytest.approx(1)
    assert moves.shares("on", 5)[0] == {"stay": 0.75, "go": 0.25}  # a decile that nobody was in goes by the stage
    assert moves.shares("elsewhere", 1) == ({"elsewhere": 1.0}, 0.0)  # a stage that nobody was on stays


def test_expected_users_add_up_and_their_error_is_of_chance():
    moves = Moves()
    for following in ("stay", "go"):
        moves.add("on", None, following, 100)
    found = expected(moves, {("on", None): 50, ("new", 3): 7})
    assert found["on", "go"] == (25.0, pytest.approx(sqrt(50 * 0.25 * (1 + 50 / 220))))
    assert found["new", "new"] == (7.0, 0.0)
    assert sum(mean for mean, _ in found.values()) == pytest.approx(57)


def test_the_mean_error_is_over_the_moves_that_either_has():
    assert mean_error({("a", "b"): 3.0}, {("a", "b"): 5, ("a", "c"): 1}) == 1.5


def test_the_spread_is_how_many_errors_a_forecast_was_off():
    told = {("a", "b"): (10.0, sqrt(3.75)), ("a", "a"): (30.0, sqrt(3.75)), ("c", "c"): (5.0, 0.0)}
    assert spread(told, {("a", "b"): 18, ("a", "a"): 30, ("c", "c"): 9}) == pytest.approx(sqrt((16 + 0) / 2))
    assert spread(told, {("a", "b"): 10, ("a", "a"): 30}) == 1.0 == spread({}, {})
