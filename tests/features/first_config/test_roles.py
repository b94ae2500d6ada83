"""Columns play a role by their names, then by their values."""

from features.first_config import roles
from features.first_config.names import AMOUNT, USER


def test_the_most_telling_name_goes_first_and_ours_before_all():
    assert [one.name for one in roles.by_name(USER, ["email", "buyer", "CustomerID", "user_id"], "user_id")] == [
        *("user_id", "CustomerID", "buyer", "email")
    ]


def test_cents_are_told_by_the_name():
    found = {
        one.name: one.divisor
        for one in roles.by_name(AMOUNT, ["total_cents", "amount_micros", "订单金额(分)", "total"])
    }
    assert found == {"total_cents": 100, "amount_micros": 1_000_000, "订单金额(分)": 100, "total": 1}


def test_a_user_id_that_is_hardly_filled_gives_way(sample):
    one = sample("user_id,user_pseudo_id", ",a", ",b", "7,c")
    assert roles.user(one) == "user_pseudo_id"
    assert roles.user(sample("user_id,user_pseudo_id", "1,a", "2,b")) == "user_id"


def test_what_is_no_time_gives_way_whatever_its_name(sample):
    assert roles.time(sample("time,created", "12:30,2026-01-01", "13:30,2026-01-02")) == "created"
    assert roles.time(sample("step,when", "1,2026-01-01", "2,2026-01-02")) == "when"


def test_a_time_in_no_known_notation_stays_to_be_asked_about(sample):
    assert roles.time(sample("user,order_date", "1,3rd of May", "2,4th of May")) == "order_date"


def test_two_columns_of_times_without_a_name_are_not_guessed(sample):
    assert roles.time(sample("a,b", "2026-01-01,2026-01-02", "2026-01-03,2026-01-04")) == ""


def test_beside_a_date_a_time_without_rows_is_the_hours(sample):
    assert roles.time(sample("Time,Date")) == "Date" and roles.time(sample("Time,Place")) == "Time"


def test_ids_by_values_are_few_words_and_no_measure_nor_person(sample):
    lines = [f"k{n % 3},{n},{n % 2},Jo Doe,2.5" for n in range(9)]
    assert roles.ids_by_values(sample("who,row,quantity,customer name,score", *lines), []) == ["who"]
