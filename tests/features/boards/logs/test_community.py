"""The seven figures of a community group: who is in it when, and what members do."""

from datetime import date

from tests.features.boards.made import chosen, made, sight

SEVEN = ("members", "joined", "active", "active_rate", "conversions", "conversion_rate", "gmv", "lost")
KINDS = {"post": "post", "join": "join", "leave": "leave"}


def world(con, config_of, tables_of, cutoff, events, orders, community=KINDS):
    tables = tables_of(events=["user_id ago event item", *events], orders=["user_id ago amount order_id", *orders])
    return sight(con, config_of(["events", "orders"], community=community), cutoff, tables)


def test_the_seven_by_day_and_week(con, config_of, tables_of, cutoff):
    # The cutoff is Thursday 2026-01-01; 10 days before is Monday 2025-12-22, 3 days before Monday 2025-12-29.
    events = [
        ("a", 10, "join", "g"),
        ("b", 10, "join", "g"),
        ("a", 9, "post", "g"),
        ("a", 9, "post", "g"),
        ("b", 8, "leave", "g"),
        ("a", 9, "join", "h"),
        ("b", 3, "join", "g"),
        ("b", 3, "view", "g"),  # no kind of the community
    ]
    orders = [
        ("a", 9, 20, "1"),  # in g and in h
        ("b", 6, 50, "2"),  # out of the group
        ("b", 2, 7, "3"),
        ("b", 2, -5, "4"),  # a refund
        ("z", 2, 99, "5"),  # in no group
    ]
    found = made(con, world(con, config_of, tables_of, cutoff, events, orders), "community")
    of = {(row["period"], row["date"].day, row["group"]): chosen([row], *SEVEN)[0] for row in found}
    assert of == {
        ("day", 22, "g"): (2, 2, 0, 0.0, 0, 0.0, 0.0, 0),
        ("day", 23, "g"): (2, 0, 1, 0.5, 1, 0.5, 20.0, 0),
        ("day", 24, "g"): (2, 0, 0, 0.0, 0, 0.0, 0.0, 1),
        ("day", 23, "h"): (1, 1, 0, 0.0, 1, 1.0, 20.0, 0),
        ("day", 29, "g"): (2, 1, 0, 0.0, 0, 0.0, 0.0, 0),
        ("day", 30, "g"): (2, 0, 0, 0.0, 1, 0.5, 7.0, 0),
        ("week", 22, "g"): (2, 2, 1, 0.5, 1, 0.5, 20.0, 1),
        ("week", 22, "h"): (1, 1, 0, 0.0, 1, 1.0, 20.0, 0),
        ("week", 29, "g"): (2, 1, 0, 0.0, 1, 0.5, 7.0, 0),
    }


def test_who_posts_is_a_member_and_joined_where_nobody_is_told_to_join(con, config_of, tables_of, cutoff):
    seen = world(
        con, config_of, tables_of, cutoff, [("a", 5, "post", None), ("a", 4, "post", None)], [], {"post": "post"}
    )
    found = [row for row in made(con, seen, "community") if row["period"] == "day"]
    assert chosen(found, "date", "group", "members", "joined", "active") == [
        (date(2025, 12, 27), None, 1, 1, 1),
        (date(2025, 12, 28), None, 1, 0, 1),
    ]


def test_an_old_member_who_posts_is_no_new_one_where_joining_is_told(con, config_of, tables_of, cutoff):
    seen = world(con, config_of, tables_of, cutoff, [("a", 5, "post", "g")], [])
    assert chosen(made(con, seen, "community"), "members", "joined", "active") == [(1, 0, 1)] * 2


def test_it_says_which_setting_it_lacks(con, config_of, tables_of, cutoff):
    from features.boards import BOARDS

    seen = world(con, config_of, tables_of, cutoff, [("a", 5, "post", "g")], [], {})
    assert "[community] post" in BOARDS["community"].lacks(seen)
