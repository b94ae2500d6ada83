"""Makes the boards of a date and writes each whole, in the engine that the configuration names."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.boards import BOARDS, Board
from features.boards.sight import SCORED, Sight
from features.catalogue.input_tables import COSTS
from features.engine import spark
from features.progress import Progress, silent
from features.user_base import UserBase

FOLDER = "boards"


def write_boards(
    base: UserBase,
    at: datetime,
    folder: Path,
    parts: Sequence[Path] = (),
    before: datetime | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write ``boards/NAME.parquet`` into the folder, and return what a manifest says of them.

    parts: the Parquet files of the snapshot's rows; none: boards that need them are left out. before: the date of the
    snapshot that ``stage_before`` comes from. The result has ``file``, ``sha256`` and ``rows`` of each that was made,
    and under ``missing`` of each other one why not.
    """
    tables = dict(base.tables.tables)
    if base.tables.costs is not None:
        tables[COSTS] = base.tables.costs
    if parts:
        tables[SCORED] = base.con.read_parquet([str(one) for one in parts], table_name="snapshot_rows")
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for done, board in enumerate(BOARDS.values()):
        progress("writing boards", done, len(BOARDS))
        sight = Sight(base.config, at, tables, before)
        if why := board.lacks(sight):
            missing[board.name] = why
            continue
        rows, file = made_of(base, board, sight), folder / FOLDER / f"{board.name}.parquet"
        whole_files.write(file, lambda part, rows=rows: pq.write_table(rows, part, compression="zstd"))  # type: ignore[misc]
        made[board.name] = {"file": f"{FOLDER}/{file.name}", "sha256": whole_files.sha256(file), "rows": len(rows)}
    progress("writing boards", len(BOARDS), len(BOARDS))
    return {"made": made, "missing": missing}


def made_of(base: UserBase, board: Board, sight: Sight) -> pa.Table:
    """A board's rows, worked out by DuckDB or Spark."""
    if base.config.engine.kind != "spark":
        return board.rows(base.con.to_pyarrow(board.build(sight)), sight)
    stand_ins = spark.stand_ins(sight.tables)
    over = Sight(sight.config, sight.at, stand_ins, sight.before)
    return board.rows(spark.prepare(base.config, base.con, sight.tables, board.build(over)).run(base.con), sight)


def files(folder: Path, about: dict[str, Any]) -> Iterator[tuple[str, Path, str]]:
    """Name, file and sha256 of the boards that a manifest tells of."""
    for name, one in about.get("made", {}).items():
        yield name, folder / one["file"], one["sha256"]
