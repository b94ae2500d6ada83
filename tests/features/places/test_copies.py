"""Copies are made once, named as they came, and again when what they were made of has changed."""

from pathlib import Path

from features.engine.duckdb_session import connect
from features.places.copies import copied, fetch, kept, place


def test_a_file_is_copied_once_until_it_changes(s3, shop):
    uri = s3.put(b"one", "t/year=2024/a b.csv")
    config = shop('[tables.orders]\npath = "x.csv"\n')
    with connect(config) as con:
        (first,) = copied(con, [uri])
        at = Path(first).stat().st_mtime_ns
        assert first.endswith("/year=2024/a b.csv") and Path(first).read_bytes() == b"one"
        assert copied(con, [uri]) == [first] and Path(first).stat().st_mtime_ns == at
        s3.put(b"two", "t/year=2024/a b.csv")
        (second,) = copied(con, [uri])
        assert Path(second).read_bytes() == b"two" and second != first
        assert place(con).is_relative_to(config.store_path)
    assert not Path(first).exists()


def test_packed_files_are_copied_as_they_are(s3, tmp_path):
    fetch(s3.put(b"\x1f\x8bnot unpacked", "a.csv.gz"), tmp_path / "a.csv.gz")
    assert (tmp_path / "a.csv.gz").read_bytes() == b"\x1f\x8bnot unpacked"
    fetch(f"{s3.uri}/a.csv.gz", tmp_path / "head", most=2)
    assert (tmp_path / "head").read_bytes() == b"\x1f\x8b"


def test_what_failed_halfway_is_not_kept(tmp_path):
    made = []

    def fails(file):
        file.write_text("half")
        made.append(file)
        raise OSError

    for _ in range(2):
        try:
            kept(tmp_path, "key", "a", fails)
        except OSError:
            continue
    assert len(made) == 2 and not [file for file in tmp_path.rglob("*") if file.is_file()]
