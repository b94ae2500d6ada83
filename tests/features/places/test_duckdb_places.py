"""Tables on object storage give what the same files give here: every row, every type, every refusal."""

import gzip
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables.clean import clean

NOW = datetime(2026, 6, 1)
TOML = """
[tables.orders]
path = "{at}/orders"
columns = {{ user_id = "uid", time = "ts" }}
[tables.events]
path = ["{at}/events/*.csv.gz", "{at}/events/more.csv"]
columns = {{ event = "kind" }}
[tables.users]
path = "{at}/users.jsonl"
columns = {{ signup_time = "since" }}
"""
ORDERS = {
    "orders/year=2024/a.parquet": (["007", "8"], ["1.50", "2.25"]),
    "orders/year=2025/b.parquet": (["8", "9"], ["3.00", "bad"]),
    "orders/_tmp/c.parquet": (["never"], ["99"]),
}
EVENTS = "user_id,time,kind\n8,2025-03-01 10:00:00,view\n9,2025-03-02,buy\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of a small base: their folder."""
    folder = tmp_path_factory.mktemp("shop")
    for name, (users, amounts) in ORDERS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        times = pa.array([datetime(2025, 3, 1 + place, 10) for place in range(len(users))], pa.timestamp("us"))
        pq.write_table(pa.table({"uid": users, "ts": times, "amount": amounts}), folder / name)
    (folder / "events").mkdir()
    (folder / "events/a.csv.gz").write_bytes(gzip.compress(EVENTS.encode()))
    (folder / "events/more.csv").write_text(EVENTS.replace("view", "click"))
    (folder / "users.jsonl").write_text('{"user_id": "8", "since": "2024-01-01"}\n{"user_id": "9"}\n')
    return folder


def read(tmp_path, name, at):
    file = tmp_path / name / "holdfast.toml"
    file.parent.mkdir()
    file.write_text(TOML.format(at=at) + "[quality]\nmax_bad_share = 0.5\n")
    config = load(file)
    with connect(config) as session:
        found = clean(session, config, NOW)
        rows = {name: sorted(map(repr, session.to_pyarrow(table).to_pylist())) for name, table in found.items()}
        left = list((config.store_path / "tmp").rglob("copies/*/*"))
    assert list((config.store_path / "tmp").iterdir()) == []  # copies go with the session
    return found, rows, left, (file.parent / "store/quarantine/orders.parquet")


def test_a_base_on_object_storage_reads_as_the_same_files_here(s3, files, tmp_path):
    for file in files.rglob("*.*"):
        s3.put(file, f"base/{file.relative_to(files)}")
    here, rows, _, set_aside = read(tmp_path, "here", files)
    there, others, copied, set_aside_there = read(tmp_path, "there", f"{s3.uri}/base")

    assert sum(map(len, rows.values())) == 3 + 4 + 2 and any("'007'" in row for row in rows["orders"])
    assert others == rows and there.fingerprint != here.fingerprint
    assert there.counts == here.counts and there.observed_until == here.observed_until
    assert pq.read_table(set_aside_there).to_pylist() == pq.read_table(set_aside).to_pylist()
    # Parquet is read where it lies; the rest was copied, and told so.
    assert sorted(file.name for file in copied) == ["a.csv.gz", "more.csv", "users.jsonl"]
    assert any(note.startswith("tables.events: 2 files (") and "copied" in note for note in there.notes)
    assert not any("copied" in note for note in here.notes)


def test_what_cannot_be_read_is_named_by_its_uri(s3, shop):
    toml = '[tables.orders]\npath = "{}"\n'
    for what, key, said in [
        (b"user_id,time\n\xff\xfe,1\n", "bad.csv.bz2", "is no bzip2 file but text"),
        (b"no parquet at all", "bad.parquet", "cannot be read"),
        (b"", "none.csv", "is empty"),
    ]:
        config = shop(toml.format(s3.put(what, key)))
        with connect(config) as session, pytest.raises(BadInput, match=said) as caught:
            clean(session, config, NOW)
        assert f"{s3.uri}/{key}" in str(caught.value) and "\n" not in str(caught.value)
        assert str(config.store_path) not in str(caught.value)
