"""Who is known at a cutoff, and that all of them get the features that they get when asked for."""

from datetime import timedelta

import pytest

from features.build.feature_table import build, known
from features.catalogue.feature import parse
from features.user_base import UserBase

PEOPLE = {
    "orders": ["user_id ago known_ago amount", ("buys", 1, None, 1), ("late", 5, 0, 1), ("next", 0, None, 1)],
    "events": ["user_id ago", ("looks", 3), ("tomorrow", -1)],
}
KNOWN = {
    "without a table of users": ({}, {"buys", "looks"}),
    "signed up": (
        {"users": ["user_id signup_ago", ("silent", 9), ("buys", 0), ("coming", -1), ("looks", None), ("blank", None)]},
        {"silent", "looks", "blank"},  # who buys before signing up is not known yet
    ),
    "valid from": (
        {"users": ["user_id ago", ("old", 3), ("always", None), ("at", 0)]},
        {"buys", "looks", "old", "always"},
    ),
    "attributes alone": ({"users": ["user_id plan", ("silent", "free")]}, {"buys", "looks", "silent"}),
}


@pytest.mark.parametrize("more, expected", KNOWN.values(), ids=KNOWN.keys())
def test_who_is_known_at_the_cutoff(con, config_of, tables_of, cutoff, more, expected):
    literals = PEOPLE | more
    found = con.to_pyarrow(known(UserBase(config_of(literals), con, tables_of(**literals)), cutoff))[
        "user_id"
    ].to_pylist()
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("more", [more for more, _ in KNOWN.values()], ids=KNOWN.keys())
@pytest.mark.parametrize("name", ["order_count_90d", "days_since_event", "active_total", "gap_mean"])
def test_all_who_are_known_get_the_features_they_get_when_asked_for(con, config_of, tables_of, cutoff, more, name):
    literals = PEOPLE | more
    config, tables = config_of(literals), tables_of(**literals)
    users = known(UserBase(config, con, tables), cutoff)
    asked = build(UserBase(config, con, tables), cutoff, [parse(name)], users).sort_by("user_id")
    assert build(UserBase(config, con, tables), cutoff, [parse(name)]).sort_by("user_id").equals(asked)


@pytest.mark.parametrize("table", ["orders", "events"])
def test_with_one_table_its_users_are_everybody(con, config_of, tables_of, cutoff, table):
    literals = {table: PEOPLE[table]}
    base = UserBase(config_of(literals), con, tables_of(**literals))
    for name in (f"{table[:-1]}_count_90d", "active_days_90d", "gap_mean"):
        asked = build(base, cutoff, [parse(name)], known(base, cutoff)).sort_by("user_id")
        assert build(base, cutoff, [parse(name)]).sort_by("user_id").equals(asked)


def test_more_are_known_later(con, config_of, tables_of, cutoff):
    base = UserBase(config_of(PEOPLE), con, tables_of(**PEOPLE))
    found = con.to_pyarrow(known(base, cutoff + timedelta(days=2)))["user_id"].to_pylist()
    assert sorted(found) == ["buys", "late", "looks", "next", "tomorrow"]
