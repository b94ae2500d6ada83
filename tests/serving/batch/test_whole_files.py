"""Files on disk: whole or not there, and damage to a sealed one is always seen."""

import json
import os

import pytest

from features.errors import BadInput
from serving.batch.whole_files import read_sealed, write, write_sealed, write_text

CONTENT = {"rows": 2, "share": 0.1, "parts": [{"file": "ü"}], "none": None}


def test_a_file_appears_whole(tmp_path):
    def stopped(part):
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    write_text(tmp_path / "a", "old")
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a", stopped)
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_is_on_disk_before_it_gets_its_name_and_its_folder_after(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append((tmp_path / "a").exists()))
    write_text(tmp_path / "a", "new")
    assert seen == [False, True]


def test_what_is_sealed_comes_back(tmp_path):
    write_sealed(tmp_path / "a", CONTENT)
    assert read_sealed(tmp_path / "a") == CONTENT
    assert {*json.loads((tmp_path / "a").read_text())} == {*CONTENT, "seal"}


def test_any_changed_bit_and_any_cut_is_seen(tmp_path):
    file = tmp_path / "a"
    write_sealed(file, CONTENT)
    whole = file.read_bytes()
    cuts = [whole[:length] for length in range(len(whole))]
    flips = [whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :] for at in range(len(whole))]
    for damaged in [*cuts, *flips, whole + b"\n", b"{}"]:
        file.write_bytes(damaged)
        with pytest.raises(BadInput, match="a: damaged or unreadable; score again with 'holdfast score --fresh'"):
            read_sealed(file)


def test_what_is_missing_is_told(tmp_path):
    with pytest.raises(BadInput, match="a: not there; score again"):
        read_sealed(tmp_path / "a")
