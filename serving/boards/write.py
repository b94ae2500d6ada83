"""Makes the boards of a date and writes each whole, in the engine that the configuration names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.boards import BOARDS, KEPT, Board
from features.boards.sight import COLUMNS, MEASURE, PAST, SCORED, Sight
from features.build import build
from features.catalogue.feature import parse
from features.catalogue.input_tables import COSTS
from features.engine import spark
from features.groups.levels import measure
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.boards.history import history

FOLDER = "boards"


def write_boards(
    base: UserBase,
    at: datetime,
    folder: Path,
    parts: Sequence[Path] = (),
    before: datetime | None = None,
    progress: Progress = silent,
    measured: Sequence[Path] = (),
) -> dict[str, Any]:
    """Write ``boards/NAME.parquet`` into the folder, and return what a manifest says of them.

    parts: the Parquet files of the snapshot's rows; none: boards that need them are left out. before: the date of the
    snapshot that ``stage_before`` comes from. measured: Parquet files with every user's ``user_id`` and ``measure``,
    what levels go by; none: it is worked out. The result has ``file``, ``sha256`` and ``rows`` of each that was made,
    and under ``missing`` of each other one why not.
    """
    tables, dates, there = _tables(base, at, folder, parts, measured)
    _keep(base, Sight(base.config, at, tables, before, dates), tables)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for done, board in enumerate(BOARDS.values()):
        progress("writing boards", done, len(BOARDS))
        sight = Sight(base.config, at, tables, before, dates)
        if why := board.lacks(sight):
            missing[board.name] = why
            continue
        rows, file = made_of(base, board, sight, there), folder / FOLDER / f"{board.name}.parquet"
        whole_files.write(file, lambda part, rows=rows: pq.write_table(rows, part, compression="zstd"))  # type: ignore[misc]
        made[board.name] = {"file": f"{FOLDER}/{file.name}", "sha256": whole_files.sha256(file), "rows": len(rows)}
    _forget(base, tables)
    progress("writing boards", len(BOARDS), len(BOARDS))
    return {"made": made, "missing": missing}


def _tables(
    base: UserBase, at: datetime, folder: Path, parts: Sequence[Path], measured: Sequence[Path] = ()
) -> tuple[dict[str, ir.Table], dict[datetime, str], dict[str, Sequence[Path]]]:
    """The base's tables with what boards of scored users see beside them; the names of earlier snapshots among them by
    date; and the files of those that are Parquet in the store, which Spark reads where they lie. Each has a name of its
    own in the session: Spark takes one name for one table."""
    tables = dict(base.tables.tables)
    if base.tables.costs is not None:
        tables[COSTS] = base.tables.costs
    there: dict[str, Sequence[Path]] = {}
    if not parts:
        return tables, {}, there

    def rows(files: Sequence[Path]) -> ir.Table:
        return base.con.read_parquet([str(one) for one in files], table_name=f"rows_of_{files[0].parent.name}")

    tables[SCORED], there[SCORED] = rows(parts), parts
    dates = {}
    user = tables[SCORED].schema().to_pyarrow().field("user_id").type
    for one, files in history(base.config.store_path, at, base.config.horizon, user).items():
        dates[one] = f"snapshot of {one.isoformat()}"
        tables[dates[one]], there[dates[one]] = rows(files), files
    if measured:
        names = [str(one) for one in measured]
        tables[MEASURE] = base.con.read_parquet(names, table_name=f"{MEASURE}_of_{folder.name}")
        there[MEASURE] = measured
    elif name := measure(base.config):
        found = build(base, at, [parse(name)]).rename_columns(["user_id", "measure"])
        found = found.set_column(1, "measure", found["measure"].cast(pa.float64()))
        tables[MEASURE] = base.con.create_table(f"{MEASURE}_of_{folder.name}", found, temp=True, overwrite=True)
    return tables, dates, there


def _keep(base: UserBase, sight: Sight, tables: dict[str, ir.Table]) -> None:
    """Put what several boards begin with among the tables of the sight, so that logs and snapshot are read once for
    them all; and every table's past as a view, for to write its SQL out takes as long as many a board.

    Spark works it out with each board: its tables are files, and these would take as long to write as to make."""
    if base.config.engine.kind == "spark":
        return
    for name in (*base.tables.tables, COSTS):
        if name in tables:
            tables[PAST + name] = base.con.create_view(f"boards_{PAST}{name}", sight.past(name), overwrite=True)
    if SCORED in tables:
        seen = tables[SCORED].select([name for name in COLUMNS if name in tables[SCORED].columns])
        tables[SCORED] = base.con.create_table(f"boards_{SCORED}", seen, temp=True, overwrite=True)
    for one in KEPT:
        if one.wanted(sight):
            tables[one.name] = base.con.create_table(f"boards_{one.name}", one.build(sight), temp=True, overwrite=True)


def _forget(base: UserBase, tables: Mapping[str, ir.Table]) -> None:
    """Drop what ``_keep`` made."""
    for name in (SCORED, *(one.name for one in KEPT)):
        base.con.drop_table(f"boards_{name}", force=True)
    for name in tables:
        if name.startswith(PAST):
            base.con.drop_view(f"boards_{name}", force=True)


def made_of(base: UserBase, board: Board, sight: Sight, there: Mapping[str, Sequence[Path]] | None = None) -> pa.Table:
    """A board's rows, worked out by DuckDB or Spark. there: files of tables that Spark is to read where they lie."""

    def build(tables: Mapping[str, ir.Table]) -> ir.Table:
        return board.build(replace(sight, tables=tables))

    return board.rows(spark.answer(base.config, base.con, sight.tables, build, there), sight)


def files(folder: Path, about: dict[str, Any]) -> Iterator[tuple[str, Path, str]]:
    """Name, file and sha256 of the boards that a manifest tells of."""
    for name, one in about.get("made", {}).items():
        yield name, folder / one["file"], one["sha256"]
