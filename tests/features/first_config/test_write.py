"""A first holdfast.toml from files: the likeliest table and columns, and a file that loads."""

import gzip
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.first_config.write import write
from features.simulate import simulate
from features.tables.clean import clean
from features.user_base import opened

ORDERS = "user_id,time,amount\n1,2026-01-01,5\n"
EVENTS = "user_id,time,event\n1,2026-01-01,visit\n"


def refused(*arguments):
    with pytest.raises(BadInput) as caught:
        write(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_written_loads_and_is_commented(shop):
    target = shop(**{"orders.csv": ORDERS.replace("user_id", "customer"), "events.csv": EVENTS})
    told = write([target.parent / "orders.csv", target.parent / "events.csv"], target)
    assert [line.partition(": ")[2] for line in told] == [
        "orders (user_id = customer, time = time, amount = amount)",
        "events (user_id = user_id, time = time, event = event)",
    ]
    config = load(target)
    assert {name: source.path for name, source in config.tables.items()} == {
        "orders": "orders.csv",
        "events": "events.csv",
    }
    assert config.tables["orders"].columns == {"user_id": "customer", "time": "time", "amount": "amount"}
    assert (config.horizon, config.eligible) == (90, 180)
    text = target.read_text()
    assert "# ours = yours" in text and "horizon_days = 90                 # no activity" in text
    assert """time = "time"   # such as '2026-01-01'""" in text and """amount = "amount"   # such as '5'""" in text
    assert 'user_id = "customer"\n' in text, "an example of an id stands in the file"


def test_a_file_elsewhere_is_named_in_full(shop, tmp_path):
    target = shop(**{"orders.csv": ORDERS})
    (tmp_path / "project").mkdir()
    write([target.parent / "orders.csv"], tmp_path / "project" / "holdfast.toml")
    assert load(tmp_path / "project" / "holdfast.toml").tables["orders"].path == str(tmp_path / "orders.csv")


def test_brackets_in_a_name_are_no_pattern(shop):
    target = shop(**{"orders [2026].csv": ORDERS})
    write([], target)
    (pattern,) = load(target).tables["orders"].patterns()
    assert [file.name for file in target.parent.glob(pattern)] == ["orders [2026].csv"]


def test_quotes_and_backslashes_in_a_column_are_written_so_that_they_are_read(shop):
    target = shop(**{"orders.csv": '"User ""ID""\\",time,größe,amount\n'})
    write([], target)
    assert load(target).tables["orders"].columns["user_id"] == 'User "ID"\\'


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_seen(shop, separator):
    target = shop(**{"orders.csv": ORDERS.replace(",", separator)})
    write([], target)
    assert set(load(target).tables) == {"orders"}


@pytest.mark.parametrize(
    "name, content",
    [
        ("orders.csv", "\ufeff" + ORDERS),
        ("orders.csv.gz", gzip.compress(ORDERS.encode())),
        ("orders.csv", ORDERS.replace("\n", "\r\n")),
        ("orders.csv", ORDERS.partition("\n")[0]),
    ],
    ids=["a byte order mark", "compressed", "lines of Windows", "a header alone"],
)
def test_a_header_is_read_however_it_was_written(shop, name, content):
    target = shop(**{name: content})
    write([], target)
    assert load(target).tables["orders"].columns == {"user_id": "user_id", "time": "time", "amount": "amount"}


def test_parquet_is_read_too(shop):
    target = shop()
    pq.write_table(pa.table({"customer_id": [1], "ts": [1767225600], "paid": [1]}), target.with_name("o.parquet"))
    write([], target)
    assert load(target).tables["orders"].columns == {"user_id": "customer_id", "time": "ts", "amount": "paid"}


def test_what_is_there_already_is_never_overwritten(shop):
    target = shop(**{"orders.csv": ORDERS, "holdfast.toml": "mine"})
    assert refused([], target) == f"{target}: is there already; remove it, or write to another with --config"
    assert target.read_text() == "mine"


def test_an_empty_folder_has_nothing_to_look_at(shop):
    target = shop(**{"notes.txt": "", "notes.md": ""})
    assert refused([], target) == "no file to look at; name your CSV or Parquet files: holdfast init orders.csv"


def test_a_file_that_was_named_must_be_made_out(shop):
    target = shop(**{"orders.csv": ORDERS, "summary.csv": "ID,recency\n"})
    files = [target.with_name("orders.csv"), target.with_name("summary.csv")]
    line = refused(files, target)
    assert line.startswith(f"{files[1]}: columns ID, recency: no user id and time can be made out")
    assert not target.exists()


def test_a_file_that_lies_around_is_left_out_and_told(shop):
    target = shop(**{"orders.csv": ORDERS, "summary.csv": "ID,recency\n", "damaged.parquet": "PAR1"})
    told = write([], target)
    assert [line.partition(": ")[0].rpartition("/")[2] for line in told] == [
        "damaged.parquet",
        "orders.csv",
        "summary.csv",
    ]
    assert "left out: cannot be read" in told[0] and "left out: columns ID, recency" in told[2]
    assert set(load(target).tables) == {"orders"}


def test_two_files_that_look_like_one_table_are_told(shop):
    target = shop(**{"a.csv": ORDERS, "b.csv": ORDERS.replace("amount", "total")})
    assert refused([], target).endswith(
        f"b.csv: looks like orders, and so did a file before it ({target.with_name('a.csv')}); name one file per table"
    )


def test_files_with_one_header_become_one_glob(shop):
    target = shop(**{"orders-2025.csv": ORDERS, "orders-2026.csv": ORDERS, "users.csv": "user_id,signup_time\n"})
    told = write([], target)
    assert load(target).tables["orders"].path == "orders-202*.csv"
    assert "orders-2025.csv and 1 more: orders (" in told[0]


@pytest.mark.parametrize("given", ["exports", "exports/*.csv", "exports/**/*.csv"])
def test_folders_and_globs_are_taken(shop, given):
    target = shop(**{"exports/2025/a.csv": ORDERS, "exports/b.csv": ORDERS, "exports/.hidden.csv": EVENTS})
    write([Path(given)], target)
    paths = {"exports/*.csv": "exports/b.csv"}.get(given, "exports/**/*.csv")
    assert load(target).tables["orders"].path == paths


@pytest.mark.parametrize("given, cause", [("empty", "no file of a known form"), ("*.parquet", "finds no file")])
def test_an_empty_folder_and_a_glob_without_files_are_named(shop, given, cause):
    target = shop(**{"empty/notes.md": ""})
    assert refused([Path(given)], target).startswith(f"{given}: {cause}")


def test_a_question_stops_what_comes_next_and_says_itself(shop):
    target = shop(**{"orders.csv": "user_id,time,quantity,price\n1,2026-01-01,2,5\n"})
    (told,) = write([], target)
    assert told.endswith("amount = ?, items = quantity); asks for amount")
    with pytest.raises(BadInput) as caught:
        load(target)
    assert str(caught.value) == (
        "holdfast.toml: tables.orders.columns.amount: open question: is 'price' the price of one piece or of all of a "
        "row's 'quantity'? Write quantity * price, or 'price'; write the answer in its place"
    )
    text = target.read_text().splitlines()
    answer = next(number for number, line in enumerate(text) if line.startswith("amount = "))
    text[answer] = 'amount = "quantity * price"'
    target.write_text("\n".join(text))
    assert load(target).tables["orders"].columns["amount"] == "quantity * price"


def test_what_is_written_is_read_whatever_the_columns_are_called(shop):
    names = [' Customer "No"', "order date ", "unit\nprice", "Qty (pieces)"]
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    target = shop(**{"sales [1].csv": f"{header}\nA1,2026-01-31,2.50,3\nB2,2026-02-01,4,1\n"})
    write([], target)
    source = load(target).tables["orders"].columns
    assert (source["user_id"], source["time"]) == (names[0], names[1])
    assert source["amount"] == "`Qty (pieces)` * `unit\nprice`"
    config = load(target)
    with connect(config) as con:
        orders = clean(con, config).tables["orders"]
        assert con.to_pyarrow(orders.amount.sum()).as_py() == Decimal("11.5")


def test_lines_of_orders_are_told_and_asked_for(shop):
    target = shop(
        **{
            "orders.csv": "order_id,customer_id,order_date\n1,7,2026-01-01\n2,8,2026-01-02\n",
            "lines.csv": "order_id,product_id,quantity,unit_price\n1,a,2,5\n1,b,1,3\n2,a,1,5\n",
        }
    )
    told = write([], target)
    assert told[-1] == "lines.csv: lines of orders.csv (by order_id): a question about it is written"
    with pytest.raises(BadInput, match=r"amount: open question: .* lines.csv has their lines by 'order_id' \(quantity"):
        load(target)


def test_lines_of_orders_with_amounts_are_left_out(shop):
    target = shop(
        **{
            "orders.csv": "order_id,customer_id,order_date,total\n1,7,2026-01-01,13\n2,8,2026-01-02,5\n",
            "lines.csv": "order_id,product_id,quantity,unit_price\n1,a,2,5\n1,b,1,3\n2,a,1,5\n",
        }
    )
    told = write([], target)
    assert told[-1] == "lines.csv: lines of orders.csv (by order_id): left out, the orders have amounts"
    assert load(target).tables["orders"].columns["amount"] == "total"


def test_users_alone_are_no_base(shop):
    target = shop(**{"users.csv": "user_id,signup_time\n"})
    assert refused([], target).endswith("neither orders nor events can be made out; write [tables.orders] by hand")


def test_a_file_in_a_folder_that_is_nothing_is_named_with_its_columns(shop):
    target = shop(**{"summary.csv": "region,recency\n"})
    assert "summary.csv: columns region, recency: no user id and time can be made out" in refused([], target)


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.parquet", "damaged.parquet", "damaged.csv.gz"])
def test_a_file_that_cannot_be_read_is_named(shop, name):
    target = shop(**{"damaged.parquet": "PAR1 nothing PAR1", "damaged.csv.gz": b"\x1f\x8b nothing"})
    file = target.parent / name
    line = refused([file], target)
    assert line.startswith(f"{file}: cannot be read: ") and ("; name a CSV" in line or "; export it again" in line)


def test_a_simulated_folder_is_taken_without_its_truth(tmp_path):
    simulate(tmp_path / "sim", 50, days=60)
    lines = write([tmp_path / "sim"], tmp_path / "holdfast.toml")
    assert lines[-1].startswith(f"{tmp_path / 'sim' / 'truth'}: left out: ")
    config = load(tmp_path / "holdfast.toml")
    assert config.tables["users"].path == "sim/users/part-00000.parquet"
    assert set(config.tables) == {"orders", "events", "users", "messages", "points", "feedback", "costs"}
    with opened(config) as base:
        assert base.tables.counts["users"].used == 50
