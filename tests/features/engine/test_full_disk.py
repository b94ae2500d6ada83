"""A full disk is told from every other failure, whoever was writing."""

from pathlib import Path

import duckdb
import pytest

from features.engine.full_disk import is_full, room
from features.errors import BadInput

FULL = Path("/dev/full")  # a device that refuses every byte as a full disk does


def by_python():
    with FULL.open("wb", buffering=0) as out:
        out.write(b"1")


def by_duckdb():
    duckdb.connect().execute(f"COPY (FROM range(9)) TO '{FULL}' (FORMAT csv)").fetchall()


def by_duckdbs_own_limit():  # in its words: to come there takes a minute of sorting
    raise duckdb.OutOfMemoryException(
        "Out of Memory Error: failed to offload data block of size 256.0 KiB (1.0 MiB/1.0 MiB used).\n"
        "This limit was set by the 'max_temp_directory_size' setting."
    )


@pytest.mark.parametrize("write", [by_python, by_duckdb, by_duckdbs_own_limit])
def test_whoever_writes_to_a_full_disk_is_told_so_with_the_cure(config_of, write):
    config = config_of()
    with pytest.raises(BadInput) as caught, room(config, "the tables are read"):
        write()
    line = str(caught.value)
    assert line.startswith(f"{config.store_path}: the disk is full while the tables are read; free some space")
    assert "[store] path" in line and "\n" not in line


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file"), duckdb.IOException("Could not read"), ValueError()]
)
def test_other_failures_stay_what_they_are(config_of, error):
    assert not is_full(error)
    with pytest.raises(type(error)), room(config_of(), "the tables are read"):
        raise error
