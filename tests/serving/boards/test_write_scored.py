"""Boards are written beside the snapshot, each with its hash, and those that cannot be made with the reason."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa

from features import whole_files
from features.boards import BOARDS
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
