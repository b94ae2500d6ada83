import numpy as np
import pytest

from features.errors import BadInput
from training.verification.stage_moves import count_moves, stage_moves

ORDER = ("loyal", "active", "at_risk", "lapsed")
PLAN = ("lapsed", "active")


def table(rng, sizes, lift=0.0):
    """Users by stage before and after; lift: more of the treated lapsed come back."""
    start = np.array([0.1, 0.3, 0.2, 0.4])
    moves = np.array(
        [[0.8, 0.15, 0.04, 0.01], [0.1, 0.7, 0.15, 0.05], [0.02, 0.2, 0.5, 0.28], [0.01, 0.09, 0.02, 0.88]]
    )
    more = moves.copy()
    more[3, [1, 3]] += lift, -lift
    drawn = [
        rng.multinomial(n, (start[:, None] * one).ravel()).tolist() for n, one in zip(sizes, (more, moves), strict=True)
    ]
    pairs = [(a, b) for a in ORDER for b in ORDER]
    return {pair: counts for pair, *counts in zip(pairs, *drawn, strict=True)}


@pytest.mark.parametrize("sizes", [(200, 200), (950, 50), (9_500, 500)])
@pytest.mark.parametrize("plan", [None, PLAN, ("lapsed", "loyal")])
def test_a_table_without_an_effect_claims_something_in_one_of_twenty(sizes, plan):
    rng = np.random.default_rng(1)
    claimed = np.mean([bool(stage_moves(table(rng, sizes), ORDER, plan).claims) for _ in range(1_000)])
    assert claimed <= 0.065  # .05, and the noise of 1,000 tables


def test_the_planned_move_is_found_and_opens_the_rest():
    found = stage_moves(table(np.random.default_rng(2), (20_000, 2_000), lift=0.08), ORDER, PLAN)
    assert found.planned.claimed and found.planned.name == "lapsed -> active"
    assert found.planned.low < 0.08 < found.planned.high  # of those who had lapsed
    assert found.claims == ("lapsed -> active", "up", "stayed", "table")


def test_what_was_not_planned_is_not_claimed_where_the_plan_failed():
    found = stage_moves(table(np.random.default_rng(2), (20_000, 2_000), lift=0.08), ORDER, ("active", "loyal"))
    assert found.table_p < 0.001 and found.claims == () and not found.table_claimed


def test_cells_are_for_reading_and_only_where_enough_are_expected():
    moves = {("active", "active"): (900, 90), ("active", "lapsed"): (60, 7), ("active", "loyal"): (40, 3)}
    found = stage_moves(moves, ORDER)
    assert [cell.name for cell in found.cells] == ["active -> active", "active -> lapsed"]
    assert not any(cell.claimed for cell in found.cells)


def test_up_down_and_stayed_hold_everybody():
    moves = {("active", "active"): (70, 30), ("active", "loyal"): (20, 15), ("at_risk", "lapsed"): (10, 5)}
    found = stage_moves(moves, ORDER)
    assert {one.name: one.moved for one in found.directions} == {"up": (20, 15), "down": (10, 5), "stayed": (70, 30)}
    assert all(one.users == (100, 50) for one in found.directions)


def test_a_plan_that_nobody_could_follow_claims_nothing():
    found = stage_moves({("active", "active"): (100, 10), ("active", "lapsed"): (0, 90)}, ORDER, PLAN)
    assert found.planned is None and found.claims == ()


def test_one_kind_of_move_alone_tests_nothing():
    found = stage_moves({("active", "active"): (100, 10)}, ORDER)
    assert np.isnan(found.directions_p) and np.isnan(found.table_p) and found.claims == ()


def test_moves_of_users_are_counted():
    before, after = np.array(["a", "a", "b"]), np.array(["b", "b", "b"])
    assert count_moves(before, after, np.array([True, False, True])) == {("a", "b"): (1, 1), ("b", "b"): (1, 0)}


def test_an_unknown_stage_and_an_empty_arm_are_told():
    with pytest.raises(BadInput, match="no stage 'gone'"):
        stage_moves({("active", "gone"): (1, 1)}, ORDER)
    with pytest.raises(BadInput, match="one arm is empty"):
        stage_moves({("active", "active"): (1, 0)}, ORDER)
