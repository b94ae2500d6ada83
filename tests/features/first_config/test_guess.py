"""Which table a file is, and which of its columns are ours."""

import pytest

from features.errors import BadInput
from features.first_config import write
from features.first_config.guess import as_orders, guess

# Column names → table, and ours = theirs where they differ.
TOLD = {
    "orders under our names": ("user_id time amount order_id items", "orders", {}),
    "orders under another's": (
        "Customer-ID Order_Date TOTAL Invoice",
        "orders",
        {"user_id": "Customer-ID", "time": "Order_Date", "amount": "TOTAL", "order_id": "Invoice"},
    ),
    "an order's value is its amount": (
        "customer date value",
        "orders",
        {"user_id": "customer", "time": "date", "amount": "value"},
    ),
    "an event's value is none": ("user_id ts value item_id", "events", {"time": "ts", "item": "item_id"}),
    "nor a visit's": ("uid timestamp session value", "events", {}),
    "a purchase of items": ("user time total sku", "orders", {"user_id": "user", "amount": "total"}),
    "a purchase without an amount": ("member date description", "events", {"item": "description"}),
    "a log with prices": ("user ts action sku price", "events", {"event": "action", "item": "sku"}),
    "sessions with a revenue": ("player_id session_start session_end revenue", "events", {"value": "revenue"}),
    "bare events": ("member_id created_at", "events", {"user_id": "member_id", "time": "created_at"}),
    "users": ("user_id signup_date plan channel", "users", {"signup_time": "signup_date"}),
    "consents": ("household_id consent_marketing phone_sha256", "users", {"consent_marketing": "consent_marketing"}),
    "messages": ("user_id time channel campaign", "messages", {"campaign_id": "campaign"}),
    "points": ("user_id time kind points", "points", {}),
    "feedback": ("user_id time kind score resolved_at", "feedback", {}),
}


@pytest.mark.parametrize("names, table, differing", TOLD.values(), ids=TOLD.keys())
def test_the_table_is_told_by_its_columns(sample, names, table, differing):
    found = guess(sample(names.replace(" ", ",")))
    columns = found.columns
    assert found.table == table and set(columns.values()) <= set(names.split())
    assert {**columns, **differing} == columns


@pytest.mark.parametrize(
    "rows, table", [(("1,30,x", "2,40,y", "3,30,x"), "users"), (("1,30,x", "2,40,y", "1,30,x"), "")]
)
def test_a_row_a_user_without_a_time_is_what_is_known_of_people(sample, rows, table):
    people = sample("household_id,age,home", *rows)
    if table:
        assert guess(people).table == table and guess(people).columns == {"user_id": "household_id"}
    else:
        with pytest.raises(BadInput, match="no time can be made out"):
            guess(people)


def test_a_name_of_ours_goes_before_one_that_means_the_same(sample):
    assert guess(sample("customer,user_id,date,time,total,amount")).columns == {
        "user_id": "user_id",
        "time": "time",
        "amount": "amount",
    }


def test_no_column_is_taken_twice(sample):
    columns = guess(sample("user_id,time,event,value,item")).columns
    assert len(set(columns.values())) == len(columns)


@pytest.mark.parametrize("names", ["time,amount", "user_id,amount", "a,b", "a"])
def test_without_a_user_or_a_time_there_is_no_table_and_the_columns_are_named(sample, names):
    with pytest.raises(BadInput, match=f"^columns {names.replace(',', ', ')}: ") as caught:
        guess(sample(names))
    assert "write the table by hand: columns = {" in str(caught.value) or "one column alone" in str(caught.value)


def test_a_user_that_only_values_tell_is_asked(sample):
    found = guess(sample("who,date,total", *(f"k{n % 3},2026-01-0{n},{n}.5" for n in range(1, 9))))
    assert found.columns["user_id"] == "? is one of these the person's id: 'who'? Write it" and found.asked == [
        "user_id"
    ]


def test_a_value_of_several_kinds_of_event_is_asked(sample):
    lines = ["1,2026-01-01,cart,5", "1,2026-01-01,purchase,5", "1,2026-01-01,view,"]
    assert "(cart, purchase)" in guess(sample("user_id,ts,event,value", *lines)).columns["value"]
    assert guess(sample("user_id,ts,event,value", *lines[1:])).columns["value"] == "value"


def test_payments_of_a_kind_are_orders(sample):
    lines = ["o1,1,2026-01-01,Payment,5", "o2,1,2026-01-02,Payment,6"]
    assert guess(sample("order,user,date,event_type,total", *lines)).table == "orders"
    assert guess(sample("order,user,date,event_type,total", lines[0].replace("Payment", "view"))).table == "events"


def test_a_discount_in_shares_is_no_money(sample):
    assert "discount" not in guess(sample("user,date,total,Discount", "1,2026-01-01,5,0.2")).columns
    found = guess(sample("user,date,total,discount", "1,2026-01-01,5,0.2")).columns
    assert found["discount"].startswith("? is 'discount' what is meant"), "it would be read by its name"
    assert guess(sample("user,date,total,discount", "1,2026-01-01,5,2")).columns["discount"] == "discount"


def test_names_and_addresses_of_people_are_never_attributes(sample):
    found = guess(
        sample("user_id,date,total,email,phone,customer name,city,channel", "1,2026-01-01,5,a@x,1,Jo,Ulm,web")
    )
    assert set(found.columns.values()) == {"user_id", "date", "total", "channel"} and found.notes == ()


def test_an_address_as_the_only_id_is_told(sample):
    (note,) = guess(sample("email,date,total", "a@x.example,2026-01-01,5")).notes
    assert "better an id, or a hash of it" in note and "a@x" not in note


def test_a_user_that_never_comes_twice_is_told(sample):
    lines = [f"{n},2026-01-01,5" for n in range(60)]
    assert "no user comes twice in 60 rows" in guess(sample("user,date,total", *lines)).notes[0]
    assert guess(sample("user,date,total", *lines, lines[0])).notes == ()


def test_hours_in_a_column_of_their_own_are_told(sample):
    assert "the hours in 'Time' are not read" in guess(sample("user,Date,Time,total", "1,2026-01-01,12:30,5")).notes[0]


def test_two_columns_with_one_name_are_refused(sample):
    with pytest.raises(BadInput, match="has two columns named 'total'; rename one of them"):
        guess(sample("user,date,total,total"))
    assert guess(sample("user,date,total,,,note,note")).columns["amount"] == "total", "nobody reads those"


def test_orders_whose_amounts_lie_elsewhere_are_asked(sample):
    found = as_orders(guess(sample("order_id,customer_id,order_status,order_date")), "look there")
    assert found.columns == {
        "user_id": "customer_id",
        "time": "order_date",
        "amount": "? no column says what an order cost: look there",
        "order_id": "order_id",
    }


def test_a_row_in_the_headers_place_is_told_and_not_shown(tmp_path):
    (tmp_path / "bare.csv").write_text("secret,2026-01-05,10\nu2,2026-01-06,20\n")
    with pytest.raises(BadInput, match="bare.csv: has no header: its first line is a row") as caught:
        write([tmp_path / "bare.csv"], tmp_path / "holdfast.toml")
    assert "secret" not in str(caught.value)
