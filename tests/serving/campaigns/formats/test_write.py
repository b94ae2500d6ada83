"""Lists as files: whole, in batches, the same bytes, nothing for nobody, and nothing personal anywhere."""

import hashlib
import random
import shutil
from itertools import cycle

import pytest

from features.errors import BadInput
from serving.campaigns.formats.table import FORMATS
from serving.campaigns.formats.write import left_out, write

FOR_ALL = pytest.mark.parametrize("name", FORMATS)


def content(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())} if folder.exists() else {}


@FOR_ALL
def test_what_is_told_is_what_is_there(name, a_list, target, tmp_path):
    found = write(name, a_list(25), tmp_path / "new" / "list", target(batch=10))
    assert sum(one.rows for one in found) == 25 and all(one.rows <= 10 for one in found)
    assert content(tmp_path / "new" / "list") == {one.file.name: one.file.read_bytes() for one in found}
    assert all(hashlib.sha256(one.file.read_bytes()).hexdigest() == one.sha256 for one in found)
    assert [one.file.name.split(".")[0] for one in found] == [f"part-{at + 1:04}" for at in range(len(found))]


@FOR_ALL
@pytest.mark.parametrize("action", ["full", "in", "out", "tags"])
def test_an_empty_list_writes_nothing(name, action, a_list, target, tmp_path):
    if action in FORMATS[name].actions:
        empty = a_list(0, add_tags=[], remove_tags=[])
        assert write(name, empty, tmp_path / "list", target(action=action)) == []
        assert not (tmp_path / "list").exists() and left_out(name, empty, target(action=action)) == {}


@FOR_ALL
def test_a_list_of_which_nobody_can_be_carried_writes_nothing(name, a_list, target, tmp_path):
    rows = a_list(3, id=[None, "", " "])
    found = write(name, rows, tmp_path / "list", target())
    told = left_out(name, rows, target())
    assert sum(one.rows for one in found) + sum(told.values()) == 3
    assert (told, found) == ({"no_id": 3}, []) or (told == {} and name in ("csv", "jsonl", "parquet"))


@FOR_ALL
def test_the_same_rows_make_the_same_bytes(name, a_list, target, tmp_path):
    for folder in "ab":
        write(name, a_list(25), tmp_path / folder, target(batch=10))
    assert content(tmp_path / "a") == content(tmp_path / "b") != {}


@FOR_ALL
def test_files_of_an_earlier_export_with_more_users_go(name, a_list, target, tmp_path):
    write(name, a_list(25), tmp_path / "list", target(batch=2))
    (tmp_path / "list" / "receipt.json").write_text("stays")
    fewer = write(name, a_list(3), tmp_path / "list", target(batch=2))
    assert {*content(tmp_path / "list")} == {one.file.name for one in fewer} | {"receipt.json"}
    write(name, a_list(0), tmp_path / "list", target(batch=2))
    assert {*content(tmp_path / "list")} == {"receipt.json"}


def test_a_full_disk_leaves_no_half_file(a_list, target, tmp_path, monkeypatch):
    def full(self, data):
        self.open("wb").write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError):
        write("csv", a_list(25), tmp_path, target())
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["braze", "clevertap", "meta"])
def test_tags_are_refused_where_a_platform_has_none(name, a_list, target, tmp_path):
    with pytest.raises(BadInput, match=f"format '{name}': takes no 'tags'; there are: full, in, out"):
        write(name, a_list(1), tmp_path, target(action="tags"))


def planted() -> list[str]:
    """1,000 addresses, numbers and names, no two the same."""
    draw = random.Random(15)
    first, last = ("Anna", "José", "Mary Ann", "Li"), ("Smith", "O'Neil", "García", "Wang")
    makers = (
        lambda at: f"user{at}.{draw.choice(first).lower().replace(' ', '')}@mail{at % 7}.example.com",
        lambda at: f"1{draw.choice('3456789')}{draw.randrange(10**9):09}",
        lambda at: f"+49 17{draw.randrange(10)} {draw.randrange(10**6, 10**7)}",
        lambda at: f"(4{draw.randrange(10, 99)}) {draw.randrange(200, 999)}-{draw.randrange(1000, 9999)}",
        lambda at: f"{draw.choice(first)} {draw.choice(last)}{''.join('abcdefghij'[int(digit)] for digit in str(at))}",
        lambda at: draw.choice("王李张刘陈") + chr(0x4E00 + at) + chr(0x5E00 + at),
    )
    found = [makers[at % len(makers)](at) for at in range(1000)]
    assert len({*found}) == 1000
    return found


def test_each_of_1000_planted_addresses_numbers_and_names_is_found_among_good_ids(a_list, target, tmp_path):
    columns = ["user_id", "id", "sender"]
    good = a_list(4).select(columns)
    for at, (secret, name) in enumerate(zip(planted(), cycle(FORMATS), strict=False)):
        column = columns[at % 3]
        values = [*good[column].to_pylist()[:3], secret]
        with pytest.raises(BadInput) as error:
            write(name, good.set_column(at % 3, column, [values]), tmp_path / "list", target())
        assert secret not in str(error.value) and f"column '{column}'" in str(error.value)
    assert content(tmp_path / "list") == {}


@FOR_ALL
def test_1000_planted_at_once_reach_no_file_and_no_error(name, a_list, target, tmp_path):
    secrets = planted()
    for columns in ({"id": secrets}, {"user_id": secrets}, {"reasons": [[one] for one in secrets]}, {"phone": secrets}):
        with pytest.raises(BadInput) as error:
            write(name, a_list(1000, **columns), tmp_path / "list", target())
        assert not any(secret in str(error.value) for secret in secrets)
    assert content(tmp_path / "list") == {}


def test_an_error_leaves_an_earlier_export_as_it_was(a_list, target, tmp_path):
    write("meta", a_list(3), tmp_path / "list", target())
    shutil.copytree(tmp_path / "list", tmp_path / "before")
    with pytest.raises(BadInput):
        write("meta", a_list(3, id=["a", "b", "c"]), tmp_path / "list", target())
    assert content(tmp_path / "list") == content(tmp_path / "before")
