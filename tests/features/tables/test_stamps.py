"""A change of the input is found, wherever it lies; nothing else counts as one."""

import os

import pytest

from features.errors import BadInput
from features.tables.stamps import fingerprint, stamps, unchanged, versions

TOML = '[tables.orders]\npath = "{}/*.csv"\n'
ROWS = b"user_id,time\n1,2026-01-01\n"


def test_a_file_that_is_written_again_counts_as_changed(shop, tmp_path):
    config = shop(TOML.format("d"), **{"d/a.csv": ROWS.decode()})
    before = stamps(config)
    unchanged(config, before)
    os.utime(tmp_path / "d/a.csv", ns=(1, 1))
    with pytest.raises(BadInput, match=r"tables.orders: .*a.csv was changed since"):
        unchanged(config, before)


def test_the_tag_tells_a_file_of_the_same_size_and_second(s3, shop):
    s3.put(ROWS, "d/a.csv")
    config = shop(TOML.format(f"{s3.uri}/d"))
    before = stamps(config)
    unchanged(config, before)
    assert [stamp[0] for stamp in before.values()] == [len(ROWS)]
    s3.put(ROWS.replace(b"1,", b"2,"), "d/a.csv")
    with pytest.raises(BadInput, match=f"{s3.uri}/d/a.csv was changed since it was read"):
        unchanged(config, before)
    assert fingerprint(None, config, {}, before) != fingerprint(None, config, {})


def test_files_that_come_and_go_on_object_storage_are_told(s3, shop):
    s3.put(ROWS, "d/a.csv")
    config = shop(TOML.format(f"{s3.uri}/d"))
    before = stamps(config)
    s3.put(ROWS, "d/b.csv")
    with pytest.raises(BadInput, match="d/b.csv is new"):
        unchanged(config, before)
    s3.drop("d/a.csv")
    with pytest.raises(BadInput, match="d/a.csv is gone"):
        unchanged(config, before)
    s3.drop("d/b.csv")
    with pytest.raises(BadInput, match="no file"):
        unchanged(config, before)


def test_only_tables_with_versions_have_some(shop):
    config = shop(TOML.format("d"), **{"d/a.csv": ROWS.decode()})
    assert versions(stamps(config)) == {}
    assert versions({("orders", "x"): ("delta", 3, "id")}) == {"orders": {"format": "delta", "version": 3}}
