"""Base rates of closed windows and activity by month, on small tables."""

from datetime import timedelta

import pytest

from features.errors import BadInput
from features.user_base import UserBase
from training.rows import base_rates
from training.rows.base_rates import base_rate, monthly_activity


@pytest.fixture
def base(con, config_of, tables_of, cutoff, monkeypatch):
    """Ten users, last active 1 to 10 days before the cutoff; the odd ones come again three days after it."""
    monkeypatch.setattr(base_rates, "FEWEST_USERS", 4)
    before = [(f"u{k}", k, 1) for k in range(1, 11)]
    after = [(f"u{k}", -3, 1) for k in range(1, 11, 2)]
    tables = tables_of(orders=["user_id ago amount", *before, *after, ("late", -40, 1)])
    return UserBase(config_of(horizon=10, churn={"eligible_days": 10}), con, tables)


def test_only_users_silent_for_at_most_so_long_count(base, cutoff):
    closed = cutoff + timedelta(days=30)
    assert base_rate(base, cutoff, closed, 100) == (0.5, 10)
    assert base_rate(base, cutoff, closed, 5) == (2 / 5, 5)  # of u1 to u5, u2 and u4 stay away
    assert base_rate(base, cutoff, closed, 3) is None  # too few


def test_an_open_window_has_no_rate(base, cutoff):
    with pytest.raises(BadInput, match="has not closed|after the logs end"):
        base_rate(base, cutoff, cutoff + timedelta(days=9), 100)


def test_months_hold_nothing_at_or_after_the_cutoff(con, config_of, tables_of, cutoff):
    old = [("a", 365 / 12 * k + 1, 1) for k in range(13)] + [("b", 1.5, 1)]
    found = []
    for late in ([], [("c", 0, 1), ("c", -1, 1)]):
        tables = tables_of(orders=["user_id ago amount", *old, *late])
        found.append(monthly_activity(UserBase(config_of(), con, tables), cutoff).tolist())
    assert found[0] == found[1] and found[0][-1] == 2 and sum(found[0]) == 13
