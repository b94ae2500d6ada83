"""A part on disk: in the place that md5 gives it, with a record that vouches for it."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serving.batch import part
from serving.batch.part import finished_part, prefix_of, prefixes, write_part

ROWS = pa.table({"user_id": [1, 2], "churn_risk": [0.25, None]})


def test_a_user_is_placed_by_the_md5_of_the_id_as_text():
    # md5("1") = c4ca4238…, md5("ann") = 7e0d7f8a…
    assert [prefix_of(1, digits) for digits in (0, 1, 2)] == ["all", "c", "c4"]
    assert prefix_of("1", 2) == "c4" and prefix_of("ann", 2) == hashlib.md5(b"ann").hexdigest()[:2]


def test_prefixes_are_all_numbers_of_so_many_digits():
    assert prefixes(0) == ["all"] and prefixes(1) == [*"0123456789abcdef"]
    assert (len(prefixes(2)), prefixes(2)[0], prefixes(2)[-1]) == (256, "00", "ff")


def test_a_finished_part_is_told_with_what_the_job_noted(tmp_path):
    record = write_part(tmp_path, "all", ROWS, {"counts": {"stage:new": 1}})
    assert finished_part(tmp_path, "all") == record
    assert (record["rows"], record["counts"]) == (2, {"stage:new": 1})
    assert record["sha256"] == hashlib.sha256((tmp_path / "part-all.parquet").read_bytes()).hexdigest()
    assert pq.read_table(tmp_path / "part-all.parquet") == ROWS


def test_the_same_rows_are_the_same_bytes(tmp_path):
    assert write_part(tmp_path, "0", ROWS) == write_part(tmp_path, "1", ROWS)


def test_nothing_but_part_and_record_is_left(tmp_path):
    write_part(tmp_path / "run", "all", ROWS)
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == ["part-all.json", "part-all.parquet"]


def test_a_part_without_users_is_a_part(tmp_path):
    assert write_part(tmp_path, "0", ROWS.slice(0, 0))["rows"] == 0
    assert finished_part(tmp_path, "0") is not None


def test_a_part_without_its_record_is_not_finished(tmp_path, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(part.whole_files, "write_sealed", killed)
    with pytest.raises(KeyboardInterrupt):
        write_part(tmp_path, "all", ROWS)
    assert (tmp_path / "part-all.parquet").exists() and finished_part(tmp_path, "all") is None


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_damaged_or_missing_file_is_no_finished_part(tmp_path, suffix):
    write_part(tmp_path, "all", ROWS)
    file = tmp_path / f"part-all.{suffix}"
    content = file.read_bytes()
    file.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    assert finished_part(tmp_path, "all") is None
    file.unlink()
    assert finished_part(tmp_path, "all") is None


def test_pages_carry_checksums(tmp_path):
    write_part(tmp_path, "all", pa.table({"user_id": range(1000), "risk": [n / 7 for n in range(1000)]}))
    file = tmp_path / "part-all.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)
    with pytest.raises(OSError, match="(?i)checksum|crc"):
        pq.ParquetFile(file, page_checksum_verification=True).read()
