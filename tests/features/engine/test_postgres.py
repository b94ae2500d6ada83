"""PostgreSQL tables are read like files: right values, one instant, one line where that fails, and no password told."""

import os
import signal
import threading
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from features.engine import postgres as module
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables import fingerprint
from features.tables.clean import clean
from features.tables.open_tables import open_tables

NOW = datetime(2026, 6, 1)
TOML = '[tables.orders]\nuri = "${PG}"\ntable = "shop.orders"\n'
USERS = '[tables.users]\nuri = "${PG}"\ntable = "shop.users"\n'
LENIENT = "[quality]\nmax_bad_share = 0.9\n"
CREATE = "CREATE TABLE shop.orders (user_id int, time timestamptz, amount numeric(12, 2))"
ROWS = "INSERT INTO shop.orders VALUES (1, '2026-01-01 12:00+02', 5.25), (2, '2026-01-02', 7)"


@pytest.fixture
def read(postgres, shop):
    """read(toml): (Tables, table → rows) of what stands in the server, on 2026-06-01."""

    def make(toml=TOML):
        config = shop(toml + "\n[engine]\nthreads = 1\n")
        with connect(config) as con:
            tables = clean(con, config, NOW)
            rows = {
                name: con.to_pyarrow(table.order_by("user_id")).to_pylist() for name, table in tables.tables.items()
            }
            return tables, rows

    return make


@pytest.fixture
def told(read):
    """told(toml): the one line in which it fails."""

    def make(toml=TOML):
        with pytest.raises(BadInput) as caught:
            read(toml)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return make


def test_rows_come_as_the_contract_wants_them(read, postgres):
    postgres.sql(CREATE, ROWS)
    _, rows = read()
    assert rows["orders"] == [
        {"user_id": 1, "time": datetime(2026, 1, 1, 10), "amount": Decimal("5.2500"), "refund": False},
        {"user_id": 2, "time": datetime(2026, 1, 2), "amount": Decimal("7.0000"), "refund": False},
    ]


# PostgreSQL's type and value → what comes of it.
TYPES = {
    "timestamptz": ("'2026-01-01 12:00+02'", datetime(2026, 1, 1, 10, tzinfo=UTC)),
    "timestamp": ("'2026-01-01 12:00'", datetime(2026, 1, 1, 12)),
    "date": ("'2026-01-01'", date(2026, 1, 1)),
    "timestamptz ": ("'infinity'", datetime(9999, 12, 31, tzinfo=UTC)),
    "timestamp ": ("'-infinity'", datetime(1, 1, 1)),
    "date ": ("'0044-03-15 BC'", date(1, 1, 1)),
    "date  ": ("null", None),
    "smallint": ("-7", -7),
    "bigint": ("9223372036854775807", 2**63 - 1),
    "real": ("1.5", 1.5),
    "double precision": ("'NaN'", pytest.approx(float("nan"), nan_ok=True)),
    "boolean": ("true", True),
    "numeric": ("12345678901234567890.12345", "12345678901234567890.12345"),
    "numeric(9, 3)": ("1.5", "1.500"),
    "numeric ": ("'NaN'", "NaN"),
    "money": ("1234.5", "1234.50"),
    "text": ("'Zürich'", "Zürich"),
    "varchar(9)": ("'x'", "x"),
    "char(9)": ("'x'", "x"),
    "uuid": ("'6F9619FF8B86D011B42D00C04FC964FF'", "6f9619ff-8b86-d011-b42d-00c04fc964ff"),
    "shop.land": ("'it'", "it"),
    "shop.code": ("'ab'", "ab"),
    "shop.natural": ("7", 7),
}


def test_types_are_read_for_what_they_mean(postgres, shop, tmp_path):
    names = [f"column {number}" for number, _ in enumerate(TYPES)]
    asked = (f'{value}::{kind} AS "{name}"' for name, (kind, (value, _)) in zip(names, TYPES.items(), strict=True))
    postgres.sql(
        "CREATE TYPE shop.land AS ENUM ('it')",
        "CREATE DOMAIN shop.code AS text CHECK (value <> '')",
        "CREATE DOMAIN shop.natural AS int CHECK (value > 0)",
        f"CREATE TABLE shop.orders AS SELECT {', '.join(asked)}",
    )
    files = module.copy(shop(TOML), ["orders"], tmp_path, lambda _, theirs: {one: one for one in theirs})
    (row,) = pq.read_table(files["orders"]).to_pylist()
    assert row == {name: expected for name, (_, expected) in zip(names, TYPES.values(), strict=True)}


@pytest.mark.parametrize("kind, given, user", [("numeric", "7", 7), ("text", "'a'", "a")])
def test_user_ids_are_numbers_or_text(read, postgres, kind, given, user):
    postgres.sql(CREATE.replace("int", kind, 1), f"INSERT INTO shop.orders VALUES ({given}, '2026-01-01', 5)")
    assert read()[1]["orders"][0]["user_id"] == user


BAD = {
    "(null, '2026-01-01', 5)": "user_id is missing",
    "(1, null, 5)": "time is missing",
    "(1, 'infinity', 5)": "time is later than now",
    "(1, '2026-01-01', 'NaN')": "amount is not a number",
    "(1, '2026-01-01', null)": "amount is missing",
    "(1, '2026-01-01', -5)": "amount is negative and refunds are not configured",
}


def test_bad_rows_are_set_aside_with_their_reason(read, postgres):
    postgres.sql(CREATE, ROWS, f"INSERT INTO shop.orders VALUES {', '.join(BAD)}")
    counts = read(LENIENT + TOML)[0].counts["orders"]
    assert (counts.rows, counts.used, counts.reasons) == (8, 2, dict.fromkeys(BAD.values(), 1))


def test_only_the_contracts_columns_are_fetched_under_our_names(postgres, shop):
    postgres.sql(
        'CREATE TABLE shop."Orders" ("Cust""omer" int, "When" timestamptz, paid int, note text)',
        "INSERT INTO shop.\"Orders\" VALUES (1, '2026-01-01', 5, 'secret')",
    )
    toml = TOML.replace('"shop.orders"', "'shop.\"Orders\"'")
    config = shop(toml + 'columns = { user_id = \'Cust"omer\', time = "When", amount = "paid" }\n')
    with connect(config) as con:
        (row,) = con.to_pyarrow(open_tables(con, config)["orders"]).to_pylist()
        kept = [file.read_bytes() for file in (config.store_path / "tmp").rglob("*.parquet")]
    assert (row["user_id"], row["amount"]) == (1, 5) and len(kept) == 1 and b"secret" not in kept[0]
    assert not list((config.store_path / "tmp").iterdir())


def test_views_and_partitions_are_tables(read, postgres):
    postgres.sql(
        CREATE + " PARTITION BY RANGE (time)",
        "CREATE TABLE shop.y26 PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')", ROWS,
        "CREATE MATERIALIZED VIEW shop.seen AS SELECT * FROM shop.orders WHERE amount > 6",
    )  # fmt: skip
    assert [row["user_id"] for row in read()[1]["orders"]] == [1, 2]
    assert [row["user_id"] for row in read(TOML.replace("shop.orders", "shop.seen"))[1]["orders"]] == [2]


def test_all_tables_are_read_as_of_one_instant(read, postgres, monkeypatch):
    postgres.sql(CREATE, ROWS, "CREATE TABLE shop.users (user_id int)", "INSERT INTO shop.users VALUES (1), (2)")
    write = module._write

    def meanwhile(cursor, sql, file):
        write(cursor, sql, file)
        postgres.sql("INSERT INTO shop.users VALUES (3)")

    monkeypatch.setattr(module, "_write", meanwhile)
    assert [row["user_id"] for row in read(TOML + USERS)[1]["users"]] == [1, 2]


def test_the_fingerprint_follows_the_rows_in_whatever_order(postgres, shop):
    config, seen = shop(TOML), []

    def after(*changes):
        postgres.sql(*changes)
        seen.append(fingerprint(con, config, open_tables(con, config)))

    with connect(config) as con:
        after(CREATE, ROWS)
        after("UPDATE shop.orders SET user_id = 1 WHERE user_id = 1")  # which puts it behind the other
        after("ALTER TABLE shop.orders ADD COLUMN note text DEFAULT 'x'")
        assert len(set(seen)) == 1
        after("UPDATE shop.orders SET amount = 8 WHERE user_id = 2")
        after("UPDATE shop.orders SET amount = CASE user_id WHEN 1 THEN 8 ELSE 5.25 END")  # the same values, elsewhere
        after("INSERT INTO shop.orders SELECT * FROM shop.orders")  # every row twice
        after("DELETE FROM shop.orders WHERE user_id = 1")
        assert len(set(seen)) == 5


def test_a_table_that_is_not_there_is_told_the_nearest(told, postgres):
    postgres.sql(CREATE.replace("shop.orders", "shop.ordres"))
    assert told() == "holdfast.toml: tables.orders.table: no table 'shop.orders'; did you mean 'shop.ordres'?"


def test_a_column_that_is_not_there_is_told_the_nearest(told, postgres):
    postgres.sql(CREATE.replace("amount", "amounts"))
    assert told() == (
        "holdfast.toml: tables.orders.columns: no column 'amount' for amount in shop.orders; "
        "did you mean 'amounts'? (columns = { amount = \"…\" })"
    )


@pytest.mark.parametrize("kind", ["jsonb", "int[]", "bytea", "interval", "time"])
def test_a_column_of_another_kind_is_refused(told, postgres, kind):
    postgres.sql(CREATE, "ALTER TABLE shop.orders DROP COLUMN amount", f"ALTER TABLE shop.orders ADD amount {kind}")
    kind = {"int[]": "integer[]", "time": "time without time zone"}.get(kind, kind)
    assert told() == (
        f"holdfast.toml: tables.orders.columns: 'amount' holds {kind}, which is neither number, text nor time; "
        "give a view that makes one of it"
    )


def test_a_table_that_may_not_be_read_is_told(told, postgres, monkeypatch):
    postgres.sql(
        CREATE, ROWS, "DROP ROLE IF EXISTS clerk", "CREATE ROLE clerk LOGIN", "GRANT USAGE ON SCHEMA shop TO clerk"
    )
    monkeypatch.setenv("PG", postgres.uri.replace("owner", "clerk"))
    assert told() == (
        "holdfast.toml: tables.orders.table: 'shop.orders': permission denied for table orders; "
        "GRANT the user what is needed on 'shop.orders'"
    )


SECRET = "tiger%20lily"
NOWHERE = {
    "no server": ("postgresql://owner:{}@localhost:1/shop", "Connection refused"),
    "no socket": ("postgresql://owner:{}@/shop?host=/nowhere", "No such file or directory"),
    "no host": ("postgresql://owner:{}@nowhere.invalid/shop", "could not translate host name"),
    "a password that libpq would repeat": ("postgresql://owner:{} x@localhost:1/shop", "unexpected spaces found"),
    "an unknown option": ("postgresql://localhost:1/shop?password={}&foo=1", 'invalid URI query parameter: "foo"'),
}


@pytest.mark.parametrize("address, cause", NOWHERE.values(), ids=NOWHERE.keys())
def test_a_server_that_cannot_be_reached_is_told_without_its_password(shop, monkeypatch, address, cause):
    monkeypatch.setenv("PG", address.format(SECRET))
    config = shop(TOML)
    with pytest.raises(BadInput) as caught, connect(config) as con:
        open_tables(con, config)
    line = str(caught.value)
    assert line.startswith("holdfast.toml: tables.orders.uri: '${PG}': ") and "\n" not in line and cause in line
    assert line.endswith("; check the address, its rights, and that the server runs")
    assert "tiger" not in line and "lily" not in line


def test_an_address_of_something_else_is_told_without_its_password(shop, monkeypatch):
    monkeypatch.setenv("PG", "mysql://owner:tiger@localhost/shop")
    config = shop(TOML)
    with pytest.raises(BadInput) as caught, connect(config) as con:
        open_tables(con, config)
    assert str(caught.value) == ("holdfast.toml: tables.orders.uri: '${PG}' is no postgresql:// address; correct it")


def test_a_server_that_dies_while_it_is_read_is_told(told, postgres, monkeypatch):
    postgres.sql(
        CREATE.replace("TABLE", "UNLOGGED TABLE"),
        "INSERT INTO shop.orders SELECT n, '2026-01-01', 5 FROM generate_series(1, 1000000) n",
    )
    writer = module.pq.ParquetWriter

    class Killing(writer):
        def write_batch(self, batch):
            if not killed:
                killed.append(postgres.kill())
            super().write_batch(batch)

    killed = []
    monkeypatch.setattr(module.pq, "ParquetWriter", Killing)
    try:
        line = told()
    finally:
        postgres.start()
    assert line.startswith("holdfast.toml: tables.orders.table: 'shop.orders': ")
    assert line.endswith("; see to that, and run it again")


def test_ctrl_c_stops_a_long_read(read, postgres):
    slow = "SELECT n + length(pg_sleep(1)::text) AS user_id, now() AS time, 5 AS amount FROM generate_series(1, 60) n"
    postgres.sql(f"CREATE VIEW shop.orders AS {slow}")
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        read()


def test_tables_of_a_server_are_those_of_files(read, postgres, tmp_path):
    import pyarrow as pa
    from adbc_driver_postgresql import dbapi

    from features.simulate import simulate

    simulate(tmp_path / "data", 50, days=60)
    names = ("orders", "events", "users", "messages", "points", "feedback")
    with dbapi.connect(postgres.uri, autocommit=True) as connection, connection.cursor() as cursor:
        for name in names:
            table = pq.read_table(tmp_path / "data" / name)
            text = [
                pa.field(one.name, pa.string()) if pa.types.is_dictionary(one.type) else one for one in table.schema
            ]
            cursor.adbc_ingest(name, table.cast(pa.schema(text)), db_schema_name="shop")
    sources = {
        "files": "\n".join(f'[tables.{name}]\npath = "data/{name}/*.parquet"' for name in names),
        "server": "\n".join(f'[tables.{name}]\nuri = "${{PG}}"\ntable = "shop.{name}"' for name in names),
    }
    files, server = (read(toml) for toml in sources.values())
    assert server[0].counts == files[0].counts and files[0].counts["events"].used > 100
    assert all(sorted(map(str, server[1][name])) == sorted(map(str, files[1][name])) for name in names)
