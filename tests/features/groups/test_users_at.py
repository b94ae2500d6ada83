import pyarrow as pa

from features.groups.users_at import users_at
from features.user_base import UserBase


def told(base, at, users, *columns):
    return users_at(base, at, pa.table({"user_id": users}), columns).to_pydict()


def test_the_last_row_before_the_date_counts_in_the_order_asked(con, config_of, tables_of, cutoff):
    rows = ["user_id ago plan", ("a", 9, "free"), ("a", 2, "plus"), ("a", 0, "late"), ("b", None, "old"), ("c", 0, "x")]
    base = UserBase(config_of(["orders", "users"]), con, tables_of(users=rows))
    assert told(base, cutoff, ["c", "b", "a", "nobody"], "users.plan") == {
        "user_id": ["c", "b", "a", "nobody"],
        "plan": [None, "old", "plus", None],
    }


def test_a_dated_row_beats_one_that_is_valid_always_and_of_one_time_the_greatest_wins(
    con, config_of, tables_of, cutoff
):
    rows = ["user_id ago plan", ("a", None, "z"), ("a", 30, "b"), ("a", 30, "a"), ("b", 1, None), ("b", 1, "n")]
    base = UserBase(config_of(["orders", "users"]), con, tables_of(users=rows))
    assert told(base, cutoff, ["a", "b"], "plan")["plan"] == ["b", "n"]


def test_columns_and_tables_that_are_not_there_are_null(con, config_of, tables_of, cutoff):
    users = UserBase(config_of(["orders", "users"]), con, tables_of(users=["user_id plan", ("a", "free")]))
    found = told(users, cutoff, ["a"], "users.birthday", "users.plan")
    assert found == {"user_id": ["a"], "birthday": [None], "plan": ["free"]}
    none = UserBase(config_of(), con, tables_of(orders=["user_id ago amount", ("a", 1, 1)]))
    assert told(none, cutoff, ["a", "b"], "users.plan")["plan"] == [None, None]
