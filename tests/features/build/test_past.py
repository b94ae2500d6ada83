"""The past has one door: nothing at or after the cutoff comes through, nor any time that could tell of it."""

from datetime import date, datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from features.build.past import activity_rows, past
from features.catalogue.feature import TABLES

MOMENT = 1 / 86_400_000_000  # a microsecond, in days


@pytest.fixture
def views(con, tables_of, cutoff):
    """views(**tables): every view as rows, in the order of users and age; and the expressions."""

    def make(activity=("orders",), asked=None, at=cutoff, post=None, **literals):
        instant = ibis.memtable(pa.table({"cutoff": pa.array([at], pa.timestamp("us"))}))
        wanted = None if asked is None else ibis.memtable(pa.table({"user_id": asked}))
        return past(tables_of(**literals), instant, activity, wanted, post)

    return make


@pytest.fixture
def rows(con, views):
    def make(**given):
        found = {name: con.to_pyarrow(view).to_pylist() for name, view in views(**given).items()}
        return {name: sorted(rows, key=lambda row: str(row["user_id"])) for name, rows in found.items()}

    return make


def users(rows):
    return [row["user_id"] for row in rows]


ORDERS = ["user_id ago amount", ("after", -1, 1), ("at", 0, 1), ("before", MOMENT, 1), ("long", 1000, 1)]


def test_the_cutoff_itself_is_out_and_a_microsecond_before_is_in(rows):
    assert users(rows(orders=ORDERS)["orders"]) == ["before", "long"]


def test_another_cutoff_has_another_past(rows, cutoff):
    assert users(rows(orders=ORDERS, at=cutoff + timedelta(microseconds=1))["orders"]) == ["at", "before", "long"]
    assert rows(orders=ORDERS, at=cutoff - timedelta(days=1000))["orders"] == []


def test_times_become_days_before_the_cutoff(rows):
    orders = ["user_id ago amount", ("a", MOMENT, 1), ("b", 1, 1), ("c", 1 + MOMENT, 1), ("d", 2.5, 1), ("e", 90, 1)]
    found = rows(orders=orders)["orders"]
    assert [row["days_ago"] for row in found] == [MOMENT, 1, 1 + MOMENT, 2.5, 90]
    # Day 1 is the last 24 hours, its first instant included, as a window's is.
    assert [row["day"] for row in found] == [1, 1, 2, 3, 90]


def test_rows_count_from_when_they_were_known(rows):
    orders = [
        "user_id ago known_ago amount",
        ("at", 5, 0, 1),
        ("early", 5, 6, 1),
        ("future", -1, 6, 1),
        ("late", 5, -3, 1),
        ("plain", 5, None, 1),
        ("soon", 5, MOMENT, 1),
    ]
    found = rows(orders=orders)["orders"]
    assert users(found) == ["early", "plain", "soon"]
    assert {row["days_ago"] for row in found} == {5}


def test_other_times_after_the_cutoff_are_not_known_yet(rows):
    messages = [
        "user_id ago channel opened_ago clicked_ago opted_out_ago",
        ("a", 5, "mail", 3, 0, -1),
        ("b", 5, "mail", None, MOMENT, 2.5),
    ]
    feedback = ["user_id ago kind resolved_ago", ("a", 5, "ticket", 1), ("b", 5, "ticket", 0)]
    found = rows(orders=ORDERS, messages=messages, feedback=feedback)
    names = ("opened_days_ago", "clicked_days_ago", "opted_out_days_ago")
    assert [[row[name] for name in names] for row in found["messages"]] == [[3, None, None], [None, MOMENT, 2.5]]
    assert [row["resolved_days_ago"] for row in found["feedback"]] == [1, None]


def test_attributes_are_valid_from_their_time_or_always(rows):
    people = [
        "user_id ago signup_ago plan",
        ("always", None, 30, "free"),
        ("future", -1, 30, "gold"),
        ("late", 10, -1, "free"),
        ("since", 10, 40, "free"),
    ]
    found = rows(orders=ORDERS, users=people)["users"]
    assert users(found) == ["always", "late", "since"]
    assert [row["signup_days_ago"] for row in found] == [30, None, 40]
    assert [row["days_ago"] for row in found] == [None, 10, 10]


def test_attributes_without_times_are_there_as_they_are(rows):
    people = ["user_id plan consent_marketing", ("a", "free", True)]
    assert rows(orders=ORDERS, users=people)["users"] == [{"user_id": "a", "plan": "free", "consent_marketing": True}]


def test_only_the_users_asked_for_are_there(rows):
    events = ["user_id ago", ("before", 1), ("other", 1)]
    found = rows(orders=ORDERS, events=events, asked=["before", "at", "nobody"])
    assert users(found["orders"]) == users(found["events"]) == users(found["activity"]) == ["before"]


def test_asking_twice_for_a_user_does_not_double_the_rows(rows):
    assert users(rows(orders=ORDERS, asked=["before", "before"])["orders"]) == ["before"]


EVENTS = ["user_id ago event", ("a", 1, "login"), ("b", 2, "view"), ("c", 3, None), ("d", 0, "login")]
SHOP = ["user_id ago amount", ("p", 4, 5), ("r", 5, -5), ("q", 0, 5)]
ACTIVITY = {
    "orders, never refunds": (["orders"], [("p", 4)]),
    "events of any kind": (["events"], [("a", 1), ("b", 2), ("c", 3)]),
    "one kind of event": (["events:login"], [("a", 1)]),
    "a kind that there is not": (["events:logout"], []),
    "both": (["orders", "events:view"], [("b", 2), ("p", 4)]),
    "two kinds": (["events:login", "events:view"], [("a", 1), ("b", 2)]),
}


@pytest.mark.parametrize("activity, expected", ACTIVITY.values(), ids=ACTIVITY.keys())
def test_activity_is_what_the_configuration_counts(rows, activity, expected):
    found = rows(activity=activity, orders=SHOP, events=EVENTS)["activity"]
    assert [(row["user_id"], row["days_ago"]) for row in found] == expected
    assert all(row.keys() == {"user_id", "days_ago", "day"} for row in found)


def test_two_activities_at_one_time_are_two(rows):
    found = rows(activity=["orders", "events"], orders=["user_id ago amount", ("a", 1, 1)], events=EVENTS)["activity"]
    assert users(found) == ["a", "a", "b", "c"]


def test_activity_rows_serve_labels_too(con, tables_of):
    tables = tables_of(orders=SHOP, events=EVENTS)
    found = con.to_pyarrow(activity_rows(tables, ["orders", "events:login"], ("user_id", "time"))).to_pylist()
    assert sorted(row["user_id"] for row in found) == ["a", "d", "p", "q"]


TWICE = [
    "user_id ago signup_ago plan region consent_marketing",
    ("last", 3, 9, "free", "a", True),
    ("last", 2, 9, "plus", None, None),
    ("last", 0, 9, "gold", "c", True),  # on the cutoff
    ("always", None, 9, "free", "a", True),
    ("always", 800, 9, "plus", "a", True),
    ("tie", 2, 9, "plus", "a", True),
    ("tie", 2, 9, "plus", "b", True),
    ("tie", 2, 9, None, "z", True),
]


def test_the_last_row_of_a_user_before_the_cutoff_wins(rows):
    found = rows(orders=ORDERS, users=TWICE)["users"]
    assert [(row["user_id"], row["plan"], row["region"]) for row in found] == [
        ("always", "plus", "a"),
        ("last", "plus", None),  # one row as it stands, not the best of several
        ("tie", "plus", "b"),
    ]


def test_of_users_without_times_the_greatest_row_wins(rows):
    found = rows(orders=ORDERS, users=["user_id plan", ("a", "free"), ("a", "plus"), ("a", None), ("b", None)])
    assert found["users"] == [{"user_id": "a", "plan": "plus"}, {"user_id": "b", "plan": None}]


def test_users_may_be_bare(rows):
    assert users(rows(orders=ORDERS, users=["user_id", ("a",), ("a",), ("b",)])["users"]) == ["a", "b"]


BIRTHDAYS = {
    date(1990, 1, 1): 0,
    date(1990, 1, 2): 1,
    date(1990, 12, 31): 364,
    date(2000, 2, 29): 58,  # 2026 has none: the 28th
    date(2025, 12, 31): 364,
    None: None,
}


@pytest.mark.parametrize("birthday", BIRTHDAYS, ids=str)
def test_a_date_becomes_the_days_until_it_comes_round(rows, birthday):
    found = rows(orders=ORDERS, users=["user_id birthday", ("a", birthday)])["users"]
    assert found == [{"user_id": "a", "birthday_in_days": BIRTHDAYS[birthday]}]


LEAP = {datetime(2024, 2, 28, 23): 1, datetime(2024, 2, 29, 5): 0, datetime(2025, 2, 28): 0, datetime(2025, 3, 1): 364}


@pytest.mark.parametrize("at", LEAP, ids=str)
def test_29_february_comes_round_every_year(rows, at):
    found = rows(orders=ORDERS, at=at, users=["user_id birthday", ("a", date(2000, 2, 29))])["users"]
    assert found[0]["birthday_in_days"] == LEAP[at]


def test_posts_are_events_of_the_configured_kind(rows):
    found = rows(orders=ORDERS, events=EVENTS, post="view")
    assert found["posts"] == [{"user_id": "b", "days_ago": 2, "day": 2}]
    assert "posts" not in rows(orders=ORDERS, events=EVENTS) and "posts" not in rows(orders=ORDERS, post="view")
    assert "posts" not in rows(orders=ORDERS, events=["user_id ago", ("a", 1)], post="view")


def test_channels_have_one_row_each(rows):
    orders = [
        "user_id ago amount channel",
        *(("a", ago, 1, "web") for ago in (1, 2)),
        ("b", 3, 1, "app"),
        ("c", 4, -1, "app"),  # a refund came through no channel
        ("d", 4, 1, None),
        ("e", 0, 1, "app"),
    ]
    assert rows(orders=orders)["channels"] == [{"user_id": "a", "orders": 2}, {"user_id": "b", "orders": 1}]
    assert "channels" not in rows(orders=ORDERS)


def test_unopened_messages_are_those_after_the_last_opening(rows):
    messages = [
        "user_id ago channel opened_ago",
        ("a", 9, "mail", 5),
        ("a", 8, "mail", 7),
        ("a", 6, "mail", None),
        ("a", 5, "mail", None),  # at that very instant
        ("b", 4, "mail", 0),  # on the cutoff
        ("c", 2, "mail", None),
        ("c", 5, "mail", 3),
        ("c", 1, "mail", None),
    ]
    assert users(rows(orders=ORDERS, messages=messages)["unopened"]) == ["b", "c", "c"]
    assert "unopened" not in rows(orders=ORDERS, messages=["user_id ago channel", ("a", 1, "mail")])


WHOLE = {
    "orders": ["user_id ago amount order_id items discount channel known_ago", ("a", 1, 1, "x", 1, 1, "web", 1)],
    "events": ["user_id ago event session_id value item known_ago", ("a", 1, "view", "s", 1, "x", 1)],
    "users": ["user_id ago signup_ago birthday plan", ("a", 1, 1, date(1990, 1, 1), "free")],
    "messages": ["user_id ago channel campaign_id opened_ago clicked_ago opted_out_ago", ("a", 1, "m", "c", 1, 1, 1)],
    "points": ["user_id ago kind points task", ("a", 1, "earned", 1, "t")],
    "feedback": ["user_id ago kind score resolved_ago", ("a", 1, "survey", 1, 1)],
}


def test_no_view_has_a_time_or_date_left(views):
    found = views(**WHOLE, post="view")
    assert found.keys() == set(TABLES)
    for view in found.values():
        left = {name: dtype for name, dtype in view.schema().items() if dtype.is_temporal()}
        assert left == {} and "cutoff" not in view.columns and "known_at" not in view.columns


def test_the_compiled_query_holds_no_cutoff(con, tables_of):
    # Compiled once, it runs for every cutoff.
    instant = ibis.table({"cutoff": "timestamp(6)"}, name="moment")
    sql = str(ibis.to_sql(past(tables_of(orders=ORDERS), instant, ["orders"])["orders"], dialect="duckdb"))
    assert "2026" not in sql and '"moment"' in sql
