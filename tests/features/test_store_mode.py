"""What a run writes is its owner's alone, or the group's where the file says so."""

import os
import stat

import pytest

from features.config import load


@pytest.fixture(autouse=True)
def mask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize(
    ("line", "file_mode", "folder_mode"),
    [("", 0o600, 0o700), ('mode = "private"', 0o600, 0o700), ('mode = "group"', 0o660, 0o770)],
)
def test_what_is_written_after_the_file_was_read_has_its_mode(tmp_path, line, file_mode, folder_mode):
    (tmp_path / "holdfast.toml").write_text(f'[store]\n{line}\n[tables.orders]\npath = "orders.csv"\n')
    load(tmp_path / "holdfast.toml")
    (tmp_path / "store" / "deep").mkdir(parents=True)
    (tmp_path / "store" / "file").write_text("")
    found = {name: stat.S_IMODE((tmp_path / "store" / name).stat().st_mode) for name in ("file", "deep", "")}
    assert found == {"file": file_mode, "deep": folder_mode, "": folder_mode}
