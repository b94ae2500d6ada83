import numpy as np
import pytest

from features.groups.group_differences import by_group, divergences, steps_taken

STEPS = ["visit", "cart", "pay"]


def users(*groups):
    """(plan, visited only, carted, paid) → reached, plans."""
    reached, plans = [], []
    for plan, visited, carted, paid in groups:
        reached += [1] * visited + [2] * carted + [3] * paid
        plans += [plan] * (visited + carted + paid)
    return np.array(reached), {"plan": np.array(plans, dtype=object)}


def compared(reached, attributes):
    return divergences({name: by_group(reached, one, len(STEPS)) for name, one in attributes.items()}, STEPS)


def test_a_group_that_leaks_more_than_the_rest_is_named_first_with_its_size_and_difference():
    reached, attributes = users(("free", 300, 50, 50), ("plus", 100, 150, 150))
    first = compared(reached, attributes)[0]
    assert (first.step, first.attribute, first.users, first.rest_users) == ("cart", "plan", 400, 400)
    assert first.difference == pytest.approx(-0.5) or first.difference == pytest.approx(0.5)
    assert first.low < first.difference < first.high
    assert first.p < 1e-10


def test_a_step_counts_only_those_who_took_the_one_before():
    reached, attributes = users(("free", 300, 50, 50), ("plus", 100, 150, 150))
    pay = {one.group: one for one in compared(reached, attributes) if one.step == "pay"}
    assert (pay["free"].users, pay["free"].rate, pay["plus"].users, pay["plus"].rate) == (100, 0.5, 300, 0.5)
    assert pay["free"].p == 1.0


def test_a_missing_value_is_a_group_and_small_groups_are_left_out():
    reached, attributes = users((None, 40, 40, 0), ("plus", 40, 0, 40), ("tiny", 5, 5, 5))
    assert {one.group for one in compared(reached, attributes) if one.step == "cart"} == {"(missing)", "plus"}


def test_nothing_to_compare_is_no_error():
    assert compared(np.array([1, 2]), {"plan": np.array(["a", "b"], dtype=object)}) == []
    assert divergences({}, STEPS) == []


def test_many_looks_widen_the_interval_and_raise_p():
    reached, attributes = users(("free", 60, 30, 10), ("plus", 45, 40, 15))
    alone = compared(reached, attributes)[0]
    random = np.random.default_rng(3)
    noise = {f"noise{n}": random.choice(["a", "b"], len(reached)).astype(object) for n in range(20)}
    same = (alone.step, alone.group)
    among = next(one for one in compared(reached, attributes | noise) if (one.step, one.group) == same)
    assert among.high - among.low > alone.high - alone.low
    assert among.p > alone.p


def test_groups_that_do_not_differ_are_found_in_at_most_five_of_a_hundred_trials():
    random = np.random.default_rng(11)
    false = 0
    for _ in range(100):
        reached = random.integers(1, 4, 600)
        attributes = {f"a{n}": random.choice(["x", "y", "z"], 600).astype(object) for n in range(3)}
        false += compared(reached, attributes)[0].p < 0.05
    assert false <= 10  # 5 expected at most; above 10 has a chance of 1 %


def test_a_step_without_the_one_before_it_does_not_count():
    visit, cart, pay = np.array([1, 2, 0, 5]), np.array([1, 0, 3, 0]), np.array([2, 1, 1, 0])
    assert steps_taken([visit, cart, pay]).tolist() == [3, 1, 0, 1]
