"""What tells that the input was changed: stamps of files, and the versions of tables that have some."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features import suppressed
from features.config import Config
from features.engine.duckdb_session import compile
from features.errors import BadInput
from features.places import lakes, listing
from features.places.address import is_remote
from features.places.files import find
from features.places.listing import Stamp

Stamps = Mapping[tuple[str, str], Stamp | None]  # by table and file


def stamps(config: Config, before: Stamps | None = None) -> Stamps:
    """What tells that a file was changed: its size and time of change, in nanoseconds, and on object storage its tag;
    None for one that is gone. Of a Delta or Iceberg table its version, see ``lakes``.

    before: take versions from there. What was read of one stays as it is, whatever is written to it.
    """
    erased = str(config.store_path / suppressed.FILE)
    found: dict[tuple[str, str], Stamp | None] = {("store", erased): _stamp(erased)} if Path(erased).exists() else {}
    for name in config.tables:
        if config.tables[name].format:
            if before is None:
                uri, version = lakes.stamp(config, name)
                found[name, uri] = version
            else:
                found |= {(of, file): at for (of, file), at in before.items() if of == name}
            continue
        files = find(config, name)
        there = listing.stamps([file for file in files if is_remote(file)])
        found |= {(name, file): there[file] if file in there else _stamp(file) for file in files}
    return found


def unchanged(config: Config, before: Stamps) -> None:
    """Raises BadInput, naming the first file, where one was changed, added or taken away since ``stamps`` were taken:
    results would be of no one state of the input."""
    if not before:
        return
    try:
        now = stamps(config, before)
    except BadInput:  # a table has no file any more
        if any(is_remote(file) for _, file in before):
            raise  # or a store does not answer
        now = {}
    for name, file in {**before, **now}:
        if before.get((name, file)) != now.get((name, file)):
            what = "is new" if (name, file) not in before else "is gone" if not now.get((name, file)) else "was changed"
            if name == "store":
                raise BadInput(f"{file}: somebody was erased since the tables were read; run it again")
            raise BadInput(
                f"tables.{name}: {file} {what} since it was read; run it again when nothing writes there any more"
            )


def fingerprint(con: Backend, config: Config, tables: Mapping[str, ir.Table], stamped: Stamps | None = None) -> str:
    """A short hash that changes when the input does: names, sizes and times of change of files, versions of tables that
    have some, the rows of a server's tables in whatever order they came. ``tables`` are the opened ones, ``stamped``
    the files as they were then."""
    stats: list[tuple[object, ...]] = []
    stamped = stamps(config) if stamped is None else stamped
    for name in sorted(config.tables):
        if config.tables[name].uri:
            rows = f"SELECT hash(one) AS h FROM ({compile(con, tables[name])}) AS one"
            found = con.con.execute(f"SELECT count(*), sum(h::HUGEINT), bit_xor(h) FROM ({rows})").fetchall()
            stats.append((name, *found[0]))
        stats += [(name, Path(file).name, *(stamp or ())) for (of, file), stamp in stamped.items() if of == name]
    if erased := suppressed.read(config.store_path).mark:
        stats.append(("erased", erased))
    return hashlib.sha256(repr(stats).encode()).hexdigest()[:16]


def version(stamped: Stamps, name: str) -> Stamp | None:
    """The version of a Delta or Iceberg table; None where stamps were not taken."""
    return next((stamp for (of, _), stamp in stamped.items() if of == name), None)


def versions(stamped: Stamps) -> dict[str, dict[str, str | int]]:
    """The versions that were read, for people and manifests: table → format and version."""
    found = {name: stamp for (name, _), stamp in stamped.items() if stamp and stamp[0] in lakes.FORMATS}
    return {name: {"format": stamp[0], "version": stamp[1]} for name, stamp in found.items()}


def _stamp(file: str) -> Stamp | None:
    try:
        found = Path(file).stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns
