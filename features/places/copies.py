"""Copies of what the engine does not read where it lies, in a folder that goes with the session."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from ibis.backends.duckdb import Backend

from features import whole_files
from features.engine.duckdb_session import scratch
from features.places.address import parse
from features.places.filesystems import located, told
from features.places.listing import stamps

BYTES = 8 << 20
AT_ONCE = 4


def copied(con: Backend, uris: Sequence[str]) -> list[str]:
    """Every file of object storage as a file of this machine, under its name and the names of its partitions
    (`year=2026`). A session copies a file once, until it changes.

    Raises BadInput in one line where one cannot be read.
    """
    given, root = stamps(uris), place(con)

    def copy(uri: str) -> str:
        parts = [part for part in PurePosixPath(parse(uri).key).parts if "=" in part or part == uri.rpartition("/")[2]]
        return str(kept(root, (uri, given[uri]), "/".join(parts), lambda part: fetch(uri, part)))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(copy, uris))


def place(con: Backend) -> Path:
    """The folder of a session's copies; it goes with the session."""
    file = con.con.execute("SELECT file FROM pragma_database_list WHERE name = current_database()").fetchall()[0][0]
    return Path(file).parent / "copies" if file else scratch(con)


def kept(root: Path, key: object, name: str, make: Callable[[Path], object]) -> Path:
    """A file by what it was made of (``key``): made where it is not there yet."""
    file = root / hashlib.sha256(repr(key).encode()).hexdigest()[:16] / name
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write(file, make)
    return file


def fetch(uri: str, to: Path, most: int | None = None) -> None:
    """Write a file of object storage, or its first ``most`` bytes, to one of this machine. Raises BadInput."""
    address = parse(uri)
    with (
        told(address, uri),
        located(address).open_input_stream(address.path, compression=None) as source,
        to.open("wb") as out,
    ):
        if most is None:
            shutil.copyfileobj(source, out, BYTES)
        else:
            out.write(source.read(most))
