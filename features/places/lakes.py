"""Tables of Delta and Iceberg: which version counts, and its rows as one Parquet file of the session."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from ibis.backends.duckdb import Backend

from features.config import Config
from features.errors import BadInput
from features.places import delta, iceberg
from features.places.address import is_remote, local
from features.places.copies import kept, place
from features.places.listing import Stamp

FORMATS: dict[str, ModuleType] = {"delta": delta, "iceberg": iceberg}
NAMES = {"delta": "Delta", "iceberg": "Iceberg"}
WHOLE = "hash of the whole row"  # tells exact copies of rows apart from those that only look alike in what is read


def stamp(config: Config, name: str) -> tuple[str, Stamp]:
    """Where a table lies, and what tells its newest version. Raises BadInput."""
    with _at(config, name) as (uri, module):
        return uri, module.newest(uri)


def columns(config: Config, name: str, at: Stamp) -> list[str]:
    """The columns of a table at a version. Raises BadInput."""
    with _at(config, name) as (uri, module):
        return module.columns(uri, at)  # type: ignore[no-any-return]


def copy(con: Backend, config: Config, name: str, at: Stamp, wanted: Sequence[str]) -> Path:
    """A table at a version, of which only the wanted columns, and WHOLE, as Parquet: a batch at a time in memory, and
    made once a session. Raises BadInput."""

    def write(part: Path) -> None:
        every = module.columns(uri, at) if name in ("orders", "events") else wanted
        reader = module.rows(uri, at, list(every))
        con.con.register("_lake", reader)
        try:
            names = ", ".join('"' + one.replace('"', '""') + '"' for one in wanted)
            whole = f', hash(_lake) AS "{WHOLE}"' if len(every) > len(wanted) else ""
            to = str(part).replace("'", "''")
            with module.reporting(uri):
                con.con.execute(f"COPY (SELECT {names}{whole} FROM _lake) TO '{to}' (FORMAT parquet)").fetchall()
        finally:
            con.con.unregister("_lake")

    with _at(config, name) as (uri, module), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyiceberg's about its own optional parts
        return kept(place(con), (uri, at, tuple(wanted)), f"{name}.parquet", write)


def shown(at: Stamp) -> str:
    """A version as people name it."""
    return f"{NAMES[str(at[0])]} {'version' if at[0] == 'delta' else 'snapshot'} {at[1]}"


@contextmanager
def _at(config: Config, name: str) -> Iterator[tuple[str, ModuleType]]:
    """Where the table lies and what reads it; errors get the key."""
    source, key = config.tables[name], f"tables.{name}.path"
    given = config.fill(source.patterns()[0], key)
    try:
        uri = given if is_remote(given) else str(config.file.parent.absolute() / local(given))
        yield uri.rstrip("/"), FORMATS[str(source.format)]
    except (BadInput, ValueError) as error:
        raise BadInput(f"{config.file.name}: {key}: {error}") from None
