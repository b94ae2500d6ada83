"""Several files: one glob for parts of a table, and lines beside their orders."""

from pathlib import Path

import pytest

from features.errors import BadInput
from features.first_config.guess import Guess, guess
from features.first_config.several import Part, expand, is_known, joined, lines_of_orders, parts, patterns


@pytest.fixture
def part(sample):
    def make(name, header, *lines):
        one = sample(header, *lines)
        try:
            found = guess(one)
        except BadInput as error:
            found = error
        return Part((Path(name),), one, found)

    return make


@pytest.mark.parametrize(
    "files, others, wanted",
    [
        (["a.csv"], [], ["a.csv"]),
        (["a[1].csv"], [], ["a[[]1].csv"]),
        (["o-1.csv", "o-2.csv"], ["u.csv"], ["o-*.csv"]),
        (["o-1.csv", "o-3.csv"], ["o-2.csv"], ["o-1.csv", "o-3.csv"]),
        (["x/a.csv", "x/b.csv"], ["a.csv"], ["x/*.csv"]),
        (["y=1/p.csv", "y=2/p.csv"], [], ["y=*/p.csv"]),
        (["x/a.csv", "x/y/b.csv"], ["z.csv"], ["x/**/*.csv"]),
    ],
)
def test_a_glob_stands_for_these_files_and_no_others(tmp_path, files, others, wanted):
    for name in [*files, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert patterns([tmp_path / name for name in files], tmp_path) == wanted


def test_a_file_elsewhere_is_named_in_full(tmp_path):
    assert patterns([tmp_path / "a.csv"], tmp_path / "project") == [(tmp_path / "a.csv").as_posix()]


def test_folders_give_what_they_hold_but_hidden_files(tmp_path):
    for name in ("b.csv", "x/a.parquet", ".h.csv", "_d/c.csv", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert expand([tmp_path]) == [tmp_path / "b.csv", tmp_path / "x/a.parquet"]
    assert expand([tmp_path / "*.csv", tmp_path / "b.csv"]) == [tmp_path / "b.csv"]
    assert not is_known(tmp_path / "notes.md")


def test_files_with_one_header_are_parts_of_one_table(sample):
    given = [sample("a,b", file="1.csv"), sample("a,b", file="2.csv"), sample("b,a", file="3.csv")]
    assert parts([*given, sample("a,b", file="4.parquet")]) == [
        *((Path("1.csv"), Path("2.csv")), (Path("3.csv"),), (Path("4.parquet"),))
    ]


def test_the_first_the_middle_and_the_last_part_are_looked_into(sample):
    rows = joined([sample("a", str(n)) for n in range(5)]).rows
    assert rows == {"a": ["0", "2", "4"]}


def test_lines_without_a_user_belong_to_their_orders(part):
    orders = part("o.csv", "id,customer_id,created_at,total", "1,7,2026-01-01,13")
    lines = part("l.csv", "id,order_id,sku,quantity,price", "1,1,a,2,5", "2,1,b,1,3")
    assert lines_of_orders([orders, lines]) == (
        *([orders], ["l.csv: lines of o.csv (by order_id): left out, the orders have amounts"]),
    )


def test_payments_of_orders_without_amounts_are_asked_for(part):
    orders = part("o.csv", "order_id,customer_id,order_status,order_date", "1,7,ok,2026-01-01", "2,7,ok,2026-01-02")
    payments = part("p.csv", "order_id,payment_value", "1,10", "2,5")
    kept, told = lines_of_orders([payments, orders])
    (found,) = kept
    assert isinstance(found.guess, Guess) and found.guess.table == "orders" and found.guess.order == "order_id"
    assert "p.csv has their payments by 'order_id' (payment_value): join them" in found.guess.columns["amount"]
    assert told == ["p.csv: payments of o.csv (by order_id): a question about it is written"]


def test_lines_with_a_user_and_a_time_repeat_the_order_that_the_orders_name_once(part):
    orders = part("o.csv", "order_id,user_id,date,total", "1,7,2026-01-01,13", "2,7,2026-01-02,5")
    lines = part("l.csv", "order_id,user_id,date,sku,amount", "1,7,2026-01-01,a,10", "1,7,2026-01-01,b,3")
    assert lines_of_orders([lines, orders])[0] == [orders]


def test_files_without_a_common_order_stay(part):
    orders = part("o.csv", "order_id,user_id,date,total", "1,7,2026-01-01,13")
    others = [part("v.csv", "user_id,time,event", "7,2026-01-01,view"), part("x.csv", "region,size", "1,2")]
    assert lines_of_orders([orders, *others]) == ([orders, *others], [])
