"""The files that a table comes from, by their content, and the days whose rows each of them holds."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ibis.backends.duckdb import Backend

from features import whole_files
from features.config import Config
from features.errors import BadInput
from features.partials.shelf import FOLDER, ON
from features.places.address import is_remote
from features.places.files import form_of
from features.tables.row_checks import typed
from features.wall_clock import day_of, on_the_wall

INDEX = "files.json"
FILE = "=file"


@dataclass(frozen=True)
class SourceFiles:
    """By days since 1970, as the clock of the project's zone shows them: the content of the files with rows of that
    day, as hashes."""

    of_day: Mapping[int, tuple[str, ...]]


def reason_against(config: Config, name: str, files: Sequence[str]) -> str | None:
    """Why a table's days cannot be told by these files of it; None where they can."""
    source = config.tables[name]
    if source.uri or source.format:
        return "it comes from no files of its own"
    if source.linked:
        return "identities tell whose its rows are"
    if any(is_remote(one) or form_of(one) != "Parquet" or not one.endswith("parquet") for one in files):
        return "its files are not Parquet on this machine"
    if len(files) == 1:
        return "it is one file, every day of which would be worked out anew whenever it grows; give a file for each day"
    return None


def source_files(con: Backend, config: Config, name: str, files: Sequence[str], code: str) -> SourceFiles | None:
    """The files of a table as they are now; None where their times are not told by one column. Days are read from files
    that are new, and kept by content. code: changes where days may be told otherwise than before."""
    named: dict[str, str] = {}
    for file in files:
        named.setdefault(_content(Path(file)), file)
    index = config.store_path / FOLDER / name / INDEX
    of = hashlib.sha256(repr((code, config.project.timezone, config.tables[name].model_dump_json())).encode())
    known = _known(index, of.hexdigest())
    days = {one: known[one] for one in named if one in known}
    if new := {one: file for one, file in named.items() if one not in days}:
        told = _days(con, config, name, new)
        if told is None:
            return None
        days |= told
        index.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write_sealed(index, {"of": of.hexdigest(), "days": days})
    found: dict[int, list[str]] = {}
    for one, there in sorted(days.items()):
        for day in there:
            found.setdefault(day, []).append(one)
    return SourceFiles({day: tuple(theirs) for day, theirs in found.items()})


def _content(file: Path) -> str:
    """A hash of all that rows of a file depend on: its bytes, and the values that its folders' names hold."""
    values = [part for part in file.parent.parts if "=" in part]
    return hashlib.sha256(repr((whole_files.sha256(file), values)).encode()).hexdigest()


def _known(index: Path, of: str) -> dict[str, list[int]]:
    if not index.exists():
        return {}
    try:
        told = whole_files.read_sealed(index)
    except BadInput:  # read anew
        return {}
    return dict(told["days"]) if told.get("of") == of else {}


def _days(con: Backend, config: Config, name: str, new: Mapping[str, str]) -> dict[str, list[int]] | None:
    """The days of files, by content, from their times alone."""
    files: Sequence[str] = list(new.values())
    raw = con.read_parquet(list(files), table_name=f"days_of_{name}", union_by_name=True, filename=FILE)
    theirs = config.tables[name].theirs("time")
    if theirs not in raw.columns or raw[theirs].type().is_unknown():
        return None
    table = raw.select(FILE, time=raw[theirs])
    time = typed(config, name, table, False, as_written=True)["time"]
    rows = table.select(FILE, **{ON: day_of(on_the_wall(time, config.project.timezone))}).distinct()
    found: dict[str, list[int]] = {file: [] for file in files}
    for row in con.to_pyarrow(rows.filter(rows[ON].notnull())).to_pylist():
        found[row[FILE]].append(row[ON])
    return {one: sorted(found[file]) for one, file in new.items()}
