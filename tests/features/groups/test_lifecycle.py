from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.build import look_up
from features.errors import BadInput
from features.groups.lifecycle import ABSENT, Placed, counts, days_on_stage, flow, names, place, replay, tally
from features.user_base import UserBase


def order_days(users):
    """Orders of 10 at so many days before the cutoff, by user."""
    return ["user_id ago amount", *((user, ago, 10) for user, days in users.items() for ago in days)]


WEEKLY = [0.5 + 7 * k for k in range(20)]
USERS = {
    "loyal": WEEKLY,
    "active": [3, 9, 120, 121],  # healthy now, not eight weeks long; away for 111 days, back for nine
    "steady": [1, 8, 25, 26, 50],
    "at_risk": [28, 33, 50, 60, 70],  # healthy in some of the last weeks, one active day in the last 30 now
    "inactive": [20, 100],
    "new": [2],
    "potential": [10, 60, 85],
    "lapsed_1": [30],
    "lapsed_2": [60, 61],
    "lapsed_3": [120],
    "later": [-1],
}


@pytest.fixture
def base(config_of, tables_of):
    return config_of(horizon=30), tables_of(orders=order_days(USERS))


def stages_of(placed):
    return {row["user_id"]: row["stage"] for row in placed.users.to_pylist()}


def test_users_stand_on_the_stage_that_their_rows_before_the_date_give(base, con, cutoff):
    config, tables = base
    (placed,) = replay(UserBase(config, con, tables), [cutoff])
    found = stages_of(placed)
    assert {user: found[user] for user in ("loyal", "at_risk", "new", "lapsed_1", "lapsed_2", "lapsed_3")} == {
        user: user for user in ("loyal", "at_risk", "new", "lapsed_1", "lapsed_2", "lapsed_3")
    }
    assert found["active"] == "resurrected"
    assert found["inactive"] == "inactive"
    assert "later" not in found
    assert not placed.with_band


def test_a_user_without_a_row_is_a_prospect_and_the_order_of_users_is_kept(base, con, cutoff):
    config, tables = base
    asked = pa.table({"user_id": ["nobody", "loyal", "lapsed_3"]})
    placed = place(UserBase(config, con, tables), cutoff, asked)
    assert placed.users["user_id"].to_pylist() == ["nobody", "loyal", "lapsed_3"]
    assert placed.users["stage"].to_pylist() == ["prospect", "loyal", "lapsed_3"]
    assert placed.users["healthy"].to_pylist() == [False, True, False]


def test_the_risk_band_moves_users_to_at_risk_where_it_is_known(base, con, cutoff):
    config, tables = base
    asked = pa.table({"user_id": ["loyal", "steady"]})
    placed = place(UserBase(config, con, tables), cutoff, asked, pa.array(["high", None]))
    assert placed.users["stage"].to_pylist()[0] == "at_risk"
    assert placed.users["stage"].to_pylist()[1] != "at_risk"
    assert placed.with_band


def test_a_row_exactly_on_the_date_changes_no_stage(base, con, config_of, tables_of, cutoff):
    config, tables = base
    before = stages_of(replay(UserBase(config, con, tables), [cutoff])[0])
    more = tables_of(orders=order_days({user: [*days, 0] for user, days in USERS.items()}))
    after = stages_of(replay(UserBase(config, con, more), [cutoff])[0])
    assert {user: after[user] for user in before} == before


@settings(max_examples=8)
@given(st.lists(st.tuples(st.sampled_from(sorted(USERS)), st.floats(-40, 29)), max_size=6))
def test_replaying_a_past_date_gives_what_would_have_been_given_then(config_of, tables_of, con, cutoff, later):
    config, past = config_of(horizon=30), cutoff - timedelta(days=30)
    known = {user: [ago for ago in days if ago > 30] for user, days in USERS.items()}
    then = stages_of(replay(UserBase(config, con, tables_of(orders=order_days(known))), [past])[0])
    grown = {user: [*days, *(ago for name, ago in later if name == user)] for user, days in known.items()}
    assert stages_of(replay(UserBase(config, con, tables_of(orders=order_days(grown))), [past])[0]) == then


def test_the_flow_adds_up_to_the_stages_at_both_ends(config_of, tables_of, con, cutoff):
    config, tables = config_of(horizon=30), tables_of(orders=order_days(USERS))
    begin, end = replay(UserBase(config, con, tables), [cutoff - timedelta(days=15), cutoff])
    went = flow(begin, end).counts
    stages = names(config)
    assert {n: sum(c for (a, _), c in went.items() if a == n) for n in stages} == counts(config, begin)
    assert {n: sum(c for (_, b), c in went.items() if b == n) for n in stages} == counts(config, end)
    assert sum(c for (a, _), c in went.items() if a == ABSENT) == len(end.users) - len(begin.users)


def test_counts_and_flows_of_two_halves_add_up_to_those_of_all(base, con, cutoff):
    config, tables = base
    halves = [
        tuple(Placed(one.at, one.users.slice(*part), one.with_band) for one in placed)
        for placed in [replay(UserBase(config, con, tables), [cutoff - timedelta(days=10), cutoff])]
        for part in ((0, 3), (3, None))
    ]
    whole = replay(UserBase(config, con, tables), [cutoff - timedelta(days=10), cutoff])
    assert tally(config, halves[0][1]) + tally(config, halves[1][1]) == tally(config, whole[1])
    assert (flow(*halves[0]) + flow(*halves[1])).counts == flow(*whole).counts


def test_time_on_a_stage_counts_each_stretch_from_its_beginning(base, con, cutoff):
    config, tables = base
    placed = replay(UserBase(config, con, tables), [cutoff - timedelta(days=days) for days in (20, 10, 0)])
    days = days_on_stage(config, placed)
    assert days["loyal"] == (20.0, 1)  # the one loyal user, all the time
    assert days["lapsed_2"] == (20 + 20 + 10, 3)  # of 'lapsed_3' and 'active' both, of 'inactive' one
    assert days["lapsed_3"] == (0.0, 0)


def test_health_is_looked_at_seven_days_apart_for_eight_weeks(config_of, tables_of, con, cutoff):
    config = config_of(horizon=30)
    just = {"eight": [20, 82, 85], "nine": [20, 88.5, 89.5]}  # the look of week 8 sees the days 57 to 86
    tables = tables_of(orders=order_days(just))
    found = stages_of(replay(UserBase(config, con, tables), [cutoff])[0])
    assert found["eight"] == "at_risk"
    assert found["nine"] == "inactive"


def test_an_override_gives_some_users_other_rules(config_of, tables_of, con, cutoff):
    own = {"override": [{"when": ["order_total >= 3"], "lapsed_days": [5.0, 10.0, 20.0], "inactive_days": 2.0}]}
    config = config_of(horizon=30, lifecycle=own)
    tables = tables_of(orders=order_days({"many": [7, 8, 9], "few": [7]}))
    assert stages_of(replay(UserBase(config, con, tables), [cutoff])[0]) == {"many": "lapsed_1", "few": "new"}


def test_progress_is_told_date_by_date(base, con, cutoff):
    told = []
    replay(
        UserBase(base[0], con, base[1]), [cutoff], progress=lambda what, done, total: told.append((what, done, total))
    )
    assert told == [("placing users", 0, 1), ("placing users", 1, 1)]


def test_only_rules_that_ask_for_it_measure_the_population(base, con, cutoff, monkeypatch):
    monkeypatch.setattr(look_up, "measure", lambda *args: pytest.fail("no default rule needs the population"))
    replay(UserBase(base[0], con, base[1]), [cutoff])


def test_who_is_eligible_is_told_beside_the_stage(base, con, cutoff):
    config, tables = base
    placed = place(UserBase(config, con, tables), cutoff, pa.table({"user_id": ["nobody", "lapsed_2", "lapsed_3"]}))
    assert placed.users["eligible"].to_pylist() == [False, True, False]  # 60 days are just within 2 H
    assert counts(config, placed, eligible=True)["lapsed_2"] == 1
    assert sum(counts(config, placed, eligible=True).values()) == 1


PLANS = {"healthy": {"all": ["plan == 'plus'", "active_days_30d >= 1"]}}
BY_PLAN = {"override": [{"when": ["plan == 'plus'"], "inactive_days": 2.0}]}
OWN = {"stage": [{"name": "paying", "all": ["plan == 'plus'"]}, {"name": "others"}]}


@pytest.fixture
def planned(config_of, tables_of):
    """planned(lifecycle, users=…, fixed=[…]): two users whose plan has no time, unless told otherwise."""

    def make(lifecycle, users=("user_id plan", ("a", "plus"), ("b", "free")), fixed=()):
        options = {"users": {"fixed": list(fixed)}}
        config = config_of(("orders", "users"), horizon=30, options=options, lifecycle=lifecycle)
        return config, tables_of(orders=order_days({"a": [3, 40], "b": [3, 40]}), users=users)

    return make


@pytest.mark.parametrize("lifecycle", [PLANS, BY_PLAN, OWN], ids=["healthy", "override", "stage"])
def test_a_rule_on_an_undated_plan_is_not_replayed_at_earlier_dates(planned, con, cutoff, lifecycle):
    config, tables = planned(lifecycle)
    dates = [cutoff - timedelta(days=30), cutoff]
    with pytest.raises(BadInput) as error:
        replay(UserBase(config, con, tables), dates, until=cutoff)
    text = str(error.value)
    assert "feature 'plan' as of 2025-12-02" in text and "users.plan" in text and "\n" not in text
    with pytest.raises(BadInput, match="only today's value"):
        replay(UserBase(config, con, tables), [cutoff])  # it does not know that this is the end


def test_at_the_end_of_the_logs_todays_plan_serves_todays_rules(planned, con, cutoff):
    config, tables = planned(PLANS)
    (placed,) = replay(UserBase(config, con, tables), [cutoff], until=cutoff)
    assert placed.users["healthy"].to_pylist() == [True, False]


def test_a_plan_with_its_dates_or_one_that_never_changes_is_replayed(planned, con, cutoff):
    dates = [cutoff - timedelta(days=30), cutoff]
    config, tables = planned(PLANS, fixed=["plan"])
    then, _ = replay(UserBase(config, con, tables), dates, until=cutoff)
    assert then.users["healthy"].to_pylist() == [True, False]
    config, tables = planned(PLANS, ("user_id ago plan", ("a", 90, "free"), ("a", 10, "plus"), ("b", 90, "plus")))
    then, now = replay(UserBase(config, con, tables), dates, until=cutoff)
    assert then.users["healthy"].to_pylist() == [False, True]
    assert now.users["healthy"].to_pylist() == [True, True]
