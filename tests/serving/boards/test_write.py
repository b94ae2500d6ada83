"""Boards are written whole beside the snapshot, each with its hash; those that cannot be made say why."""

from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import whole_files
from features.boards import BOARDS
from features.config import load
from features.user_base import opened
from serving.batch.part import write_part
from serving.batch.snapshot import finish
from serving.boards.read import read
from serving.boards.write import files, write_boards


def test_every_board_is_made_or_says_why_not(base):
    about = base.snapshot.manifest["boards"]
    assert (
        about["made"].keys() | about["missing"].keys() == BOARDS.keys() and not about["made"].keys() & about["missing"]
    )
    assert about["missing"]["goals"] == "needs [[goal]]" and "30 days ago" in about["missing"]["next"]
    for name, file, digest in files(base.snapshot.folder, about):
        assert file.name == f"{name}.parquet" and whole_files.sha256(file) == digest


def test_levels_look_at_the_measure_and_boards_at_earlier_snapshots(base, as_of, tmp_path):
    level = {"name": "any", "least": 1, "measure": "active_total"}
    store = base.config.store.model_copy(update={"path": str(tmp_path)})
    config = base.config.model_validate(base.config.model_dump() | {"level": [level], "file": base.config.file})
    config = config.model_copy(update={"store": store})
    then = as_of - timedelta(days=30)
    rows = base.snapshot.table()
    folder = tmp_path / "snapshots" / f"{then:%Y-%m-%d}-abc"
    write_part(folder, "all", rows)
    finish(folder, {"users": len(rows), "as_of": then.isoformat()}, 0)
    about = write_boards(replace(base, config=config), as_of, tmp_path / "made", base.snapshot.files, then)
    levels = read(tmp_path / "made", about, "levels")
    ordered = len({*base.con.to_pyarrow(base.tables["orders"].select("user_id"))["user_id"].to_pylist()})
    assert sum(levels["near"].to_pylist()) == ordered  # one order is all it takes, and nobody has a level in the rows
    assert sum(levels["known_before"].to_pylist()) == len(rows)
    flow = read(tmp_path / "made", about, "next")  # the same rows then and now: everybody stays
    assert {*flow["stage"].to_pylist()} == {*rows["stage"].to_pylist()} and len(flow) == len(
        {*rows["stage"].to_pylist()}
    )
    assert flow["users"].to_pylist() == [float(one) for one in flow["came"].to_pylist()]
    assert pa.types.is_int64(flow["came"].type)


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
