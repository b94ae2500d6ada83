"""The newest run is found without opening those of earlier dates, and a damaged one hides no other."""

import os

import pytest

from features import whole_files
from features.errors import BadInput
from serving.campaigns import run as module
from serving.campaigns.run import MANIFEST, VERSION, newest, open_run, runs, there


@pytest.fixture
def write(tmp_path):
    """write(name, as_of, made=seconds): a run of which there is the manifest alone."""

    def make(name, as_of, made=0):
        file = tmp_path / "campaigns" / name / MANIFEST
        file.parent.mkdir(parents=True)
        whole_files.write_sealed(file, {"version": VERSION, "as_of": as_of})
        os.utime(file, (made, made))
        return file

    return make


def test_the_newest_is_the_first_of_all(tmp_path, write):
    write("2026-03-02-aaaaaaaaaa", "2026-03-02T12:00:00", 5)
    write("2026-03-02-bbbbbbbbbb", "2026-03-02T12:00:00", 9)
    write("2026-03-02-cccccccccc", "2026-03-02T06:00:00", 99)
    write("2026-03-01-dddddddddd", "2026-03-01T12:00:00", 99)
    names = [one.name[-1] for one in runs(tmp_path)]
    assert names == ["b", "a", "c", "d"] and newest(tmp_path) is runs(tmp_path)[0]
    assert open_run(tmp_path, "latest") is newest(tmp_path)


def test_runs_of_earlier_dates_are_not_opened(tmp_path, write, monkeypatch):
    for day in range(1, 29):
        write(f"2026-02-{day:02}-aaaaaaaaaa", f"2026-02-{day:02}T00:00:00")
    opened, real = [], module._open
    monkeypatch.setattr(module, "_open", lambda folder: opened.append(folder.name) or real(folder))
    assert newest(tmp_path).name == "2026-02-28-aaaaaaaaaa" and opened == ["2026-02-28-aaaaaaaaaa"]
    opened.clear()
    assert open_run(tmp_path, "2026-02-03-aaaaaaaaaa").name == opened[0] and len(opened) == 1


def test_where_the_newest_is_damaged_the_one_before_is(tmp_path, write):
    write("2026-03-02-aaaaaaaaaa", "2026-03-02T12:00:00").write_text("{}")
    write("2026-03-01-bbbbbbbbbb", "2026-03-01T12:00:00")
    assert newest(tmp_path).name == "2026-03-01-bbbbbbbbbb"
    with pytest.raises(BadInput, match="damaged"):
        open_run(tmp_path, "2026-03-02-aaaaaaaaaa")


def test_where_there_is_none_there_is_no_newest(tmp_path, write):
    write("2026-03-02-odd", "2026-03-02T12:00:00")
    assert newest(tmp_path) is None and not there(tmp_path, "2026-03-02-odd")
    with pytest.raises(BadInput, match="no run yet"):
        open_run(tmp_path, "latest")


def test_a_name_is_never_a_path(tmp_path, write):
    write("2026-03-02-aaaaaaaaaa", "2026-03-02T12:00:00")
    assert there(tmp_path, "2026-03-02-aaaaaaaaaa")
    assert not any(there(tmp_path, one) for one in ("../campaigns/2026-03-02-aaaaaaaaaa", ".", "", "latest"))
