"""Finds the files of a table: by path, glob or folder, and tells by their names what form they have."""

import glob
import os
from pathlib import Path

from features.config import Config
from features.errors import BadInput
from features.places.address import is_remote, local
from features.places.listing import listed

FORMS = {
    "Parquet": (".parquet", ".pq", ".parq"),
    "CSV": (".csv", ".tsv", ".tab", ".txt"),
    "JSON lines": (".jsonl", ".ndjson"),
    "Excel": (".xlsx", ".xlsm"),
    "Arrow": (".arrow", ".feather", ".ipc"),
}
PACKED = (".gz", ".bz2", ".zst", ".zip")
# What people give and nothing here reads → what to do.
OTHERS = {
    ".xls": "save it as .xlsx or CSV",
    ".xlsb": "save it as .xlsx or CSV",
    ".ods": "save it as .xlsx or CSV",
    ".json": "write one object a line and name it .jsonl",
    ".xml": "give it as CSV or Parquet",
    ".orc": "give it as Parquet",
    ".avro": "give it as Parquet",
    ".pkl": "give it as Parquet; a pickle can run code",
    ".sas7bdat": "give it as CSV or Parquet",
    ".sav": "give it as CSV or Parquet",
    ".dta": "give it as CSV or Parquet",
    ".db": "give its table as CSV or Parquet",
    ".sqlite": "give its table as CSV or Parquet",
    ".duckdb": "give its table as CSV or Parquet",
    ".7z": "unpack it, or give it as .gz, .bz2, .zst or .zip",
    ".rar": "unpack it, or give it as .gz, .bz2, .zst or .zip",
    ".xz": "unpack it, or give it as .gz, .bz2, .zst or .zip",
    ".tar": "unpack it and name its files",
    ".tgz": "unpack it and name its files",
}


def find(config: Config, name: str) -> list[str]:
    """The files of a table as absolute paths or URIs; of a folder all below it that have a form, but hidden ones and
    those that begin with _. None of a PostgreSQL table, nor of one of Delta or Iceberg.

    Raises BadInput where a path finds nothing, or part of a Delta or Iceberg table.
    """
    files: list[str] = []
    for pattern in [] if config.tables[name].format else config.tables[name].patterns():
        # Only the pattern is one: the folder of holdfast.toml may well have brackets in its name.
        where = config.file.parent.absolute()
        key = f"{config.file.name}: tables.{name}.path"
        wanted = config.fill(pattern, f"tables.{name}.path")
        if is_remote(wanted):
            files += _stored(key, pattern, wanted)
            continue
        wanted = _local(key, wanted)
        found = sorted(str(where / file) for file in glob.glob(wanted, root_dir=where, recursive=True))  # noqa: PTH207
        if not found:
            raise BadInput(f"{key}: no file at '{pattern}'; correct the path")
        for one in found:
            below = _below(Path(one)) if Path(one).is_dir() else [one]
            if not below:
                raise BadInput(f"{key}: no file of a known form in the folder '{pattern}'; name its files")
            files += below
        for folder in dict.fromkeys(os.path.dirname(file) for file in files if not is_remote(file)):  # noqa: PTH120
            if lake := _lake(folder):
                raise BadInput(_no_parquet(key, pattern, lake, _root(folder)))
    return list(dict.fromkeys(files))


def _stored(key: str, pattern: str, wanted: str) -> list[str]:
    """The files that a pattern names on object storage."""
    try:
        found = listed(wanted, is_known)
    except BadInput as error:
        raise BadInput(f"{key}: {str(error).replace(wanted, pattern)}") from None
    if found.lake:
        raise BadInput(_no_parquet(key, pattern, found.lake, found.root))
    if not found.files:
        raise BadInput(f"{key}: no file of a known form at '{pattern}'; correct the path, or name its files")
    return found.files


def _local(key: str, wanted: str) -> str:
    try:
        return local(wanted)
    except ValueError as error:
        raise BadInput(f"{key}: '{wanted}' {error}") from None


def _no_parquet(key: str, pattern: str, lake: str, root: str) -> str:
    return (
        f"{key}: '{pattern}' is part of the {lake} table {root}, whose files hold rows that no longer count; name that "
        f'folder as path and write format = "{lake.lower()}", or export it to a folder of its own as Parquet'
    )


def is_known(name: str) -> bool:
    """Whether a file of a folder is meant, by its name."""
    known = tuple(ending for endings in FORMS.values() for ending in endings)
    packed = tuple(ending + pack for ending in known for pack in PACKED)
    return name[0] not in "._" and name.lower().endswith((*known, *packed, ".zip"))


def form_of(file: str) -> str:
    """The form of a file by its name, without what packs it; CSV where the ending says nothing."""
    bare = file.lower()
    for packed in PACKED:
        bare = bare.removesuffix(packed)
    return next((form for form, endings in FORMS.items() if bare.endswith(endings)), "CSV")


def packing(file: str) -> str:
    """What a file is packed with: an ending of PACKED, or nothing."""
    return next((packed for packed in PACKED if file.lower().endswith(packed)), "")


def one_form(config: Config, name: str, files: list[str]) -> str:
    """The form that all files of a table have. Raises BadInput where they differ or nothing here reads them."""
    where = f"{config.file.name}: tables.{name}.path"
    for file in files:
        if cure := next((cure for ending, cure in OTHERS.items() if file.lower().endswith(ending)), ""):
            raise BadInput(f"{where}: {file} has a form that is not read ({Path(file).suffix}); {cure}")
    forms = sorted({form_of(file) for file in files})
    if len(forms) > 1:
        both = "both Parquet and CSV" if forms == ["CSV", "Parquet"] else " and ".join(forms)
        raise BadInput(f"{where}: {both} files; give one kind")
    return forms[0]


def _below(folder: Path) -> list[str]:
    found = []
    for root, folders, names in os.walk(folder):
        if lake := _lake(root):
            return [os.path.join(root, lake)]  # noqa: PTH118  # whatever it holds: find() refuses it
        folders[:] = sorted(one for one in folders if one[0] not in "._")
        found += [
            os.path.join(root, one)  # noqa: PTH118
            for one in sorted(names)
            if is_known(one)
        ]
    return found


def _lake(folder: str) -> str:
    """'Delta' or 'Iceberg' where a folder is such a table or lies in one; else empty."""
    return _kind(_root(folder))


def _root(folder: str) -> str:
    """The nearest folder, from this one up, that is a Delta or Iceberg table; itself where none is."""
    return next((str(one) for one in (Path(folder), *list(Path(folder).parents)[:6]) if _kind(str(one))), folder)


def _kind(folder: str) -> str:
    if (Path(folder) / "_delta_log").is_dir():
        return "Delta"
    return "Iceberg" if any((Path(folder) / "metadata").glob("*.metadata.json")) else ""
