"""Boards are written whole beside the snapshot, each with its hash; those that cannot be made say why."""

from datetime import datetime

import pyarrow.parquet as pq
import pytest

from features import whole_files
from features.boards import BOARDS
from features.config import load
from features.user_base import opened
from serving.boards.read import read
from serving.boards.write import files, write_boards

AT = datetime(2026, 2, 1)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boards_written")
    (folder / "orders.csv").write_text("user_id,time,amount\n1,2026-01-05,10\n2,2026-01-06,20\n2,2026-02-01,9\n")
    (folder / "users.csv").write_text("user_id,channel\n1,ads\n2,\n")
    (folder / "costs.csv").write_text("time,channel,cost\n2026-01-05,ads,4\n")
    toml = "".join(f'[tables.{name}]\npath = "{name}.csv"\n' for name in ("orders", "users", "costs"))
    (folder / "holdfast.toml").write_text(f"[engine]\nthreads = 1\n{toml}")
    with opened(load(folder / "holdfast.toml")) as one:
        yield one


@pytest.fixture(scope="module")
def written(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("snapshot")
    return folder, write_boards(small, AT, folder)


def test_what_is_written_is_named_with_hash_and_rows_and_read_again(written):
    folder, about = written
    assert {"traffic", "orders", "retention", "channels", "aarrr"} <= set(about["made"])
    for name, file, sha256 in files(folder, about):
        assert whole_files.sha256(file) == sha256
        rows = read(folder, about, name)
        assert len(rows) == about["made"][name]["rows"] and rows.column_names == [
            one.name for one in BOARDS[name].columns
        ]
        assert rows.schema.field(0).metadata[b"meaning"].decode() == BOARDS[name].columns[0].says.en
    assert sorted(one.name for one in (folder / "boards").iterdir()) == sorted(
        f"{name}.parquet" for name in about["made"]
    )


def test_costs_reach_the_boards_and_rows_after_the_date_do_not(written):
    folder, about = written
    ads = read(folder, about, "channels").to_pylist()[0]
    assert (ads["channel"], ads["cost"], ads["value"]) == ("ads", 4, 10)
    assert sum(read(folder, about, "orders")["amount"].to_pylist()) == 30


def test_boards_that_cannot_be_made_say_why(written):
    _, about = written
    assert about["missing"]["messages"] == "needs [tables.messages]"
    assert about["missing"]["cube"] == "needs a scored snapshot"
    assert set(about["made"]) | set(about["missing"]) == set(BOARDS)


def test_the_same_input_gives_the_same_bytes(small, written, tmp_path):
    assert write_boards(small, AT, tmp_path) == written[1]


def test_stopped_halfway_leaves_whole_files_and_begins_anew(small, written, tmp_path, monkeypatch):
    write_table, calls = pq.write_table, []

    def dies(rows, part, **kwargs):
        write_table(rows, part, **kwargs)
        calls.append(part)
        if len(calls) == 3:
            part.write_bytes(part.read_bytes()[:20])
            raise KeyboardInterrupt

    monkeypatch.setattr(pq, "write_table", dies)
    with pytest.raises(KeyboardInterrupt):
        write_boards(small, AT, tmp_path)
    left = sorted(one.name for one in (tmp_path / "boards").iterdir())
    assert len(left) == 2 and all(name.endswith(".parquet") and not name.startswith(".") for name in left)
    monkeypatch.undo()
    assert write_boards(small, AT, tmp_path) == written[1]
