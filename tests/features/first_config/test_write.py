"""A first holdfast.toml from files: the likeliest table and columns, and a file that loads."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config.config import load
from features.first_config.guess import guess
from features.first_config.write import write
from features.errors import BadInput

ORDERS = "user_id,time,amount\n1,2026-01-01,5\n"
EVENTS = "user_id,time,event\n1,2026-01-01,visit\n"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """shop(**{"orders.csv": text}): a folder with these files, and the current one."""
    monkeypatch.chdir(tmp_path)

    def make(**files):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / "holdfast.toml"

    return make


def refused(*arguments):
    with pytest.raises(BadInput) as caught:
        write(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


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
    "orders of items": ("user time price sku", "orders", {"user_id": "user", "amount": "price"}),
    "bare events": ("member_id created_at", "events", {"user_id": "member_id", "time": "created_at"}),
    "users": ("user_id signup_date plan channel", "users", {"signup_time": "signup_date"}),
    "messages": ("user_id time channel campaign", "messages", {"campaign_id": "campaign"}),
    "points": ("user_id time kind points", "points", {}),
    "feedback": ("user_id time kind score resolved_at", "feedback", {}),
}


@pytest.mark.parametrize("names, table, differing", TOLD.values(), ids=TOLD.keys())
def test_the_table_is_told_by_its_columns(names, table, differing):
    found, columns = guess(names.split())
    assert found == table and set(columns.values()) <= set(names.split())
    assert {**columns, **differing} == columns


def test_a_name_of_ours_goes_before_one_that_means_the_same():
    assert guess(["customer", "user_id", "date", "time", "total", "amount"])[1] == {
        "user_id": "user_id",
        "time": "time",
        "amount": "amount",
    }


def test_no_column_is_taken_twice():
    _, columns = guess(["user_id", "time", "event", "value", "item"])
    assert len(set(columns.values())) == len(columns)


@pytest.mark.parametrize("names", [["time", "amount"], ["user_id", "amount"], ["a", "b"], []])
def test_without_a_user_or_a_time_there_is_no_table(names):
    with pytest.raises(BadInput, match="no user id and time can be made out; write the table by hand"):
        guess(names)


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
    assert config.tables["orders"].columns == {"user_id": "customer"} and config.tables["events"].columns == {}
    assert (config.horizon, config.eligible) == (90, 180)
    text = target.read_text()
    assert (
        text.count("#") > 8 and "# ours = yours" in text and "horizon_days = 90                 # no activity" in text
    )


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
    assert load(target).tables["orders"].columns == {"user_id": 'User "ID"\\'}


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
    assert load(target).tables["orders"].columns == {}


def test_parquet_is_read_too(shop):
    target = shop()
    pq.write_table(pa.table({"customer_id": [1], "ts": [1], "paid": [1]}), target.with_name("o.parquet"))
    write([], target)
    assert load(target).tables["orders"].columns == {"user_id": "customer_id", "time": "ts", "amount": "paid"}


def test_what_is_there_already_is_never_overwritten(shop):
    target = shop(**{"orders.csv": ORDERS, "holdfast.toml": "mine"})
    assert refused([], target) == f"{target}: is there already; remove it, or write to another with --config"
    assert target.read_text() == "mine"


def test_an_empty_folder_has_nothing_to_look_at(shop):
    target = shop(**{"notes.txt": ""})
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


def test_two_files_of_one_table_are_told(shop):
    target = shop(**{"orders1.csv": ORDERS, "orders2.csv": ORDERS})
    line = refused([], target)
    assert line.endswith("orders2.csv: looks like orders, and so did a file before it; name one file per table")


def test_users_alone_are_no_base(shop):
    target = shop(**{"users.csv": "user_id,signup_time\n"})
    assert refused([], target).endswith("neither orders nor events can be made out; write [tables.orders] by hand")


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.parquet", "damaged.parquet", "damaged.csv.gz", "."])
def test_a_file_that_cannot_be_read_is_named(shop, name):
    target = shop(**{"damaged.parquet": "PAR1 nothing PAR1", "damaged.csv.gz": b"\x1f\x8b nothing"})
    file = target.parent / name
    line = refused([file], target)
    assert line.startswith(f"{file}: cannot be read: ") and line.endswith("; name a CSV or Parquet file")
