"""One user, several ids: rows told by a card or a platform's id are their user's, from the link on; no guesses."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput, GateFailed

LOOSE = "[quality]\nmax_bad_share = 0.9\n"
IDENTITIES = '[tables.identities]\npath = "identities.*"\n'
ORDERS = '[tables.orders]\npath = "orders.*"\ncolumns = { user_id = { id_type = "card", column = "card_no" } }\n'
TOML = LOOSE + IDENTITIES + ORDERS
LINKS = "id_type,id,user_id,time\ncard,007,ann,2026-01-10\ncard,7,bob,2026-01-01\nphone,f00,bob,2026-01-01\n"
SALES = "card_no,time,amount\n007,2026-01-05,1\n007,2026-01-12,2\n7,2026-01-05,4\nf00,2026-01-05,8\n,2026-01-05,16\n"


def sold(rows):
    return sorted((row["user_id"], row["amount"], row.get("known_at")) for row in rows)


def quarantined(tmp_path, name):
    return pq.read_table(tmp_path / "store" / "quarantine" / f"{name}.parquet").to_pylist()


def test_rows_are_the_users_whose_card_it_is_and_known_from_the_link_on(cleaned):
    tables, rows = cleaned(TOML, **{"identities.csv": LINKS, "orders.csv": SALES})
    linked = datetime(2026, 1, 10)
    assert sold(rows["orders"]) == [("ann", 1, linked), ("ann", 2, None), ("bob", 4, None)]
    counts = tables.counts["orders"]
    assert (counts.rows, counts.used, counts.guests, counts.quarantined) == (5, 3, 2, 0)
    assert (tables.counts["identities"].rows, tables.counts["identities"].used) == (3, 3)
    assert set(tables) == {"orders"}
    assert tables.notes == (
        "tables.orders: 3 of 5 rows are linked to users by 'card', 1 of them later than they happened: known from the "
        "link on; 2 are guests",
    )


def test_a_row_is_known_when_both_it_and_its_link_are(cleaned):
    rows = [
        ("2026-01-05", 1, "2026-01-06"),  # known before the link
        ("2026-01-05 01:00", 2, "2026-01-20"),  # after it
        ("2026-01-12", 3, "2026-01-13"),
        ("2026-01-10", 4, ""),  # happened at it
    ]
    sales = "card_no,time,amount,known_at\n" + "".join(f"007,{at},{amount},{known}\n" for at, amount, known in rows)
    _, found = cleaned(TOML, **{"identities.csv": LINKS, "orders.csv": sales})
    assert {int(row["amount"]): row["known_at"] for row in found["orders"]} == {
        1: datetime(2026, 1, 10),
        2: datetime(2026, 1, 20),
        3: datetime(2026, 1, 13),
        4: None,
    }


def test_an_id_of_two_users_is_nobodys_and_both_links_are_set_aside(cleaned, tmp_path):
    links = LINKS + "card,7,eve,2026-02-01\ncard,7,bob,2026-02-02\nphone,7,eve,2026-01-01\n"
    tables, rows = cleaned(TOML, **{"identities.csv": links, "orders.csv": SALES})
    assert [user for user, *_ in sold(rows["orders"])] == ["ann", "ann"]
    counts = tables.counts["identities"]
    assert (counts.rows, counts.used, counts.quarantined) == (6, 3, 3)
    assert counts.reasons == {"id is linked to several users": 3}
    kept = quarantined(tmp_path, "identities")
    assert sorted((row["id"], row["user_id"]) for row in kept) == [("7", "bob"), ("7", "bob"), ("7", "eve")]
    assert not [name for name in kept[0] if name.startswith("=")]
    assert tables.counts["orders"].guests == 3


def test_a_row_that_is_bad_otherwise_contradicts_nothing(cleaned):
    links = LINKS + "card,7,eve,2027-01-01\ncard,7,,2026-01-01\n"
    tables, rows = cleaned(TOML, **{"identities.csv": links, "orders.csv": SALES})
    assert ("bob", 4, None) in sold(rows["orders"])
    assert tables.counts["identities"].reasons == {"time is later than now": 1, "user_id is missing": 1}


def test_links_told_again_count_once_since_the_earliest(cleaned):
    links = LINKS + "card,007,ann,2026-01-10\ncard,007,ann,2026-01-04\n card ,007,ann,2026-03-01\n"
    tables, rows = cleaned(TOML, **{"identities.csv": links, "orders.csv": SALES})
    counts = tables.counts["identities"]
    assert (counts.rows, counts.used, counts.merged, counts.repeats) == (6, 3, 2, 1)
    assert ("ann", 1, None) in sold(rows["orders"])


@pytest.mark.parametrize("links", ["id_type,id,user_id\ncard,007,ann\n", "id_type,id,user_id,time\ncard,007,ann,\n"])
def test_a_link_without_a_time_holds_always_and_is_said(cleaned, links):
    tables, rows = cleaned(TOML, **{"identities.csv": links, "orders.csv": SALES})
    assert sold(rows["orders"]) == [("ann", 1, None), ("ann", 2, None)]
    assert tables.notes[0].startswith("tables.identities: 1 of 1 ids have no time and count as linked always")


def test_of_links_told_with_and_without_a_time_the_one_without_holds(cleaned):
    links = "id_type,id,user_id,time\ncard,007,ann,2026-01-10\ncard,007,ann,\n"
    assert ("ann", 1, None) in sold(cleaned(TOML, **{"identities.csv": links, "orders.csv": SALES})[1]["orders"])


@pytest.mark.parametrize(
    "cards", [pa.array([7, 8]), pa.array([7.0, None]), pa.array(["7", "007"])], ids=["integers", "floats", "text"]
)
def test_the_files_types_of_an_id_do_not_matter(cleaned, cards):
    sales = pa.table({"card_no": cards, "time": pa.array([10**15] * 2, pa.timestamp("us")), "amount": [1.0, 2.0]})
    links = "id_type,id,user_id\ncard,7,1\nphone,007,2\n"
    tables, rows = cleaned(TOML, **{"identities.csv": links, "orders.parquet": sales})
    assert sold(rows["orders"]) == [(1, 1, None)] and tables.counts["orders"].guests == 1


def test_a_card_number_that_lost_digits_is_set_aside_and_no_guest(cleaned):
    times = pa.array([10**15] * 2, pa.timestamp("us"))
    sales = pa.table({"card_no": [7.0, 2.0**60], "time": times, "amount": [1.0, 2.0]})
    links = f"id_type,id,user_id\ncard,7,1\ncard,{2**60},2\n"
    tables, _ = cleaned(TOML, **{"identities.csv": links, "orders.parquet": sales})
    counts = tables.counts["orders"]
    assert (counts.used, counts.guests, counts.reasons) == (1, 0, {"user_id is not a user id": 1})


def test_users_ids_are_integers_where_those_of_identities_and_of_other_tables_are(cleaned):
    events = '[tables.events]\npath = "events.csv"\n'
    files = {"orders.csv": SALES, "events.csv": "user_id,time\n1,2026-01-05\n"}
    _, rows = cleaned(TOML + events, **files, **{"identities.csv": LINKS.replace("ann", "1").replace("bob", "2")})
    assert {row["user_id"] for name in ("orders", "events") for row in rows[name]} == {1, 2}
    _, rows = cleaned(TOML + events, **files, **{"identities.csv": LINKS.replace("ann", "1")})
    assert {row["user_id"] for name in ("orders", "events") for row in rows[name]} == {"1", "bob"}


@pytest.mark.parametrize(
    "table, row",
    [
        ("users", {"plan": "pro"}),
        ("messages", {"time": "2026-01-05", "channel": "mail"}),
        ("points", {"time": "2026-01-05", "kind": "earned", "points": "3"}),
        ("feedback", {"time": "2026-01-05", "kind": "survey"}),
    ],
)
def test_tables_without_known_at_get_one(cleaned, table, row):
    toml = TOML + ORDERS.replace("orders", table)
    text = ",".join(["card_no", *row]) + "\n" + "".join(",".join([one, *row.values()]) + "\n" for one in ("007", "7"))
    _, rows = cleaned(toml, **{"identities.csv": LINKS, "orders.csv": SALES, f"{table}.csv": text})
    known = {found["user_id"]: found["known_at"] for found in rows[table]}
    always = datetime(2026, 1, 1) if table == "users" else None  # a row of users without a time holds always
    assert known == {"ann": datetime(2026, 1, 10), "bob": always}


def test_copies_merged_lines_cancelled_rows_and_guests_are_told_apart(cleaned):
    lines = (
        "7,2026-01-05,1,x,on",
        "7,2026-01-05,1,x,on",
        "7,2026-01-05,2,y,on",
        "7,2026-01-06,2,y,off",
        "8,2026-01-06,2,y,on",
        "8,2026-01-06,two,y,on",
        "7,2026-01-06,two,y,on",
    )
    sales = "\n".join(["card_no,time,amount,sku,state", *lines]) + "\n"
    toml = TOML + "cancelled = \"state == 'off'\"\n"
    tables, rows = cleaned(toml, **{"identities.csv": LINKS, "orders.csv": sales})
    c = tables.counts["orders"]
    assert (c.rows, c.used, c.merged, c.guests, c.cancelled, c.repeats, c.quarantined) == (7, 1, 1, 2, 1, 1, 1)
    assert rows["orders"][0]["amount"] == Decimal(3)


def test_a_row_set_aside_shows_the_id_it_came_with(cleaned, tmp_path):
    cleaned(TOML, **{"identities.csv": LINKS, "orders.csv": SALES.replace("12,2", "12,two")})
    (row,) = quarantined(tmp_path, "orders")
    assert row == {"user_id": "007", "time": "2026-01-12", "amount": "two", "reason": "amount is not a number"}


KINDS = "id_type,id,user_id\n" + "".join(f"{n},a,{n}\n" for n in range(30))
REFUSED = {
    "no such kind of id": (
        {"orders.csv": SALES, "identities.csv": LINKS.replace("card", "cards")},
        "holdfast.toml: tables.orders.columns.user_id: no id of id_type 'card' in identities.*; did you mean 'cards'?",
    ),
    "the id's column is not there": (
        {"orders.csv": SALES.replace("card_no", "cardno"), "identities.csv": LINKS},
        "holdfast.toml: tables.orders.columns: no column 'card_no' for user_id in orders.*; did you mean 'cardno'? "
        '(columns = { user_id = { id_type = "card", column = "…" } })',
    ),
    "no id is linked": (
        {"orders.csv": "card_no,time,amount\n9,2026-01-05,1\n", "identities.csv": LINKS},
        "tables.orders: not one of 1 rows is usable, none has an id that identities links; look whether both write it "
        "alike",
    ),
    "so many kinds that they may be ids": (
        {"orders.csv": SALES, "identities.csv": KINDS},
        "holdfast.toml: tables.orders.columns.user_id: no id of id_type 'card' in identities.*; look at its "
        "30 id_types",
    ),
}


@pytest.mark.parametrize("files, line", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_linked_is_told_in_one_line_with_the_cure(cleaned, files, line):
    with pytest.raises(BadInput) as caught:
        cleaned(TOML, **files)
    assert str(caught.value) == line


def test_too_many_contradictions_stop_the_run(cleaned):
    with pytest.raises(GateFailed, match=r"identities: 2 of 4 rows set aside.*: 2 × id is linked to several users"):
        cleaned(IDENTITIES + ORDERS, **{"identities.csv": LINKS + "card,7,eve,2026-01-01\n", "orders.csv": SALES})


def test_the_example_of_the_page_does_what_the_page_says(cleaned):
    page = (Path(__file__).parents[3] / "docs/how-to/tables.md").read_text(encoding="utf-8")
    section = page.partition("## One user, several ids")[2].partition("\n## ")[0]
    toml = section.partition("```toml\n")[2].partition("```")[0].replace("tills.parquet", "tills.csv")
    table = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    links = "\n".join(",".join(row) for row in table) + "\n"
    tills = "card_no,time,amount\n007,2026-01-05,5\n7,2026-01-05,6\n8,2026-01-05,7\n"
    files = {"cards.csv": links, "tills.csv": tills, "web.csv": "user_id,time\n41,2026-01-05\n"}
    tables, rows = cleaned(toml, **files)
    assert sold(rows["orders"]) == [(41, 5, datetime(2026, 1, 10)), (42, 6, None)]
    assert tables.counts["orders"].guests == 1 and "1 of them later than they happened" in tables.notes[0]
