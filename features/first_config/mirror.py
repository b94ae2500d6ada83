"""Samples of files on object storage, and of Delta and Iceberg tables, as small files of this machine to look at."""

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.config.server_address import STORES
from features.errors import BadInput
from features.places.address import Address, is_remote, local, parse
from features.places.copies import fetch
from features.places.files import form_of, is_known, packing
from features.places.filesystems import located, told
from features.places.lakes import FORMATS, NAMES
from features.places.listing import listed

BYTES = 8 << 20  # of a text file
GROUPS, ROWS = 10, 1000  # row groups of a Parquet file that are looked at, and rows in all
ALIKE = 3  # of files whose names differ in digits alone; the others are taken to be like the first

Back = Callable[[str], str]


@contextmanager
def mirrored(files: Sequence[Path | str], beside: Path | None = None) -> Iterator[tuple[list[Path], Back]]:
    """The files as paths of this machine, and what turns these back into what was given, in any text; tables below the
    folder ``beside`` are named from there.

    Raises BadInput in one line where one cannot be read; what is raised within names what was given, too.
    """
    with tempfile.TemporaryDirectory() as folder:
        tables: dict[str, tuple[str, str]] = {}  # copy → where the table lies, and its format

        def back(text: str) -> str:
            for copy, (uri, kind) in tables.items():
                text = text.replace(f'"{copy}"', f'"{uri}"\nformat = "{kind}"').replace(copy, uri)
            for scheme in STORES:
                text = text.replace(f"{folder}/{scheme}/", f"{scheme}://")
            return text

        found: list[Path] = []
        try:
            for one in map(str, files):
                uri, kind = _lake(one)
                if kind:
                    copy = Path(folder) / f"table-{len(tables)}.parquet"
                    _table(uri, kind, copy)
                    tables[str(copy)] = _shown(uri, beside), kind
                    found.append(copy)
                elif is_remote(one):
                    found += _stored(one, Path(folder))
                else:
                    found.append(Path(local(one)))
            yield found, back
        except BadInput as error:
            raise BadInput(back(str(error))) from None


def _lake(given: str) -> tuple[str, str]:
    """The root and format of a Delta or Iceberg table that is given as its folder; two empty texts for others."""
    if is_remote(given):
        found = listed(given, is_known)
        kind, root = found.lake, found.root
    else:
        path = Path(given)
        kind = "Delta" if (path / "_delta_log").is_dir() else ""
        kind = kind or ("Iceberg" if any((path / "metadata").glob("*.metadata.json")) else "")
        root = given
    return root, next((key for key, name in NAMES.items() if name == kind), "")


def _shown(uri: str, beside: Path | None) -> str:
    path = Path(uri).absolute()
    return str(path.relative_to(beside)) if beside and not is_remote(uri) and path.is_relative_to(beside) else uri


def _table(uri: str, kind: str, to: Path) -> None:
    """The first rows of a table."""
    module, at = FORMATS[kind], FORMATS[kind].newest(uri)
    with module.reporting(uri):
        reader = module.rows(uri, at, module.columns(uri, at))
        first = next((batch for batch in reader if batch.num_rows), None)
    rows = pa.Table.from_batches([first.slice(0, ROWS)]) if first is not None else reader.schema.empty_table()
    pq.write_table(_plain(rows), to)


def _plain(rows: pa.Table) -> pa.Table:
    """The rows with texts of the one type that Parquet takes."""
    types = [pa.string() if pa.types.is_string_view(one.type) else one.type for one in rows.schema]
    return rows.cast(pa.schema(list(zip(rows.column_names, types, strict=True))))


def _stored(uri: str, folder: Path) -> list[Path]:
    files = listed(uri, is_known).files
    if not files:
        raise BadInput(f"{uri}: no file of a known form; correct the path, or name your files")
    alike: dict[str, list[str]] = {}
    for file in files:
        alike.setdefault(re.sub(r"\d+", "0", file), []).append(file)
    for group in alike.values():
        looked = {group[0], group[len(group) // 2], group[-1]} if len(group) > ALIKE else set(group)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda one: _sample(one, _place(folder, one)), looked))
        for one in set(group) - looked:
            _place(folder, one).hardlink_to(_place(folder, group[0]))
    return [_place(folder, one) for one in files]


def _place(folder: Path, uri: str) -> Path:
    scheme, _, rest = uri.partition("://")
    file = folder / scheme / rest
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _sample(uri: str, to: Path) -> None:
    address = parse(uri)
    if form_of(uri) == "Parquet":
        _groups(address, uri, to)
        return
    plain = form_of(uri) in ("CSV", "JSON lines") and not packing(uri)
    fetch(uri, to, BYTES if plain else None)
    if plain and to.stat().st_size == BYTES:  # the last line may be half of one
        text = to.read_bytes()
        to.write_bytes(text[: text.rfind(b"\n") + 1] or text)


def _groups(address: Address, uri: str, to: Path) -> None:
    """Some rows of ten groups of a Parquet file, as one small file."""
    with told(address, uri), located(address).open_input_file(address.path) as source, pq.ParquetFile(source) as file:
        count = file.num_row_groups
        chosen = sorted({place * (count - 1) // (GROUPS - 1) for place in range(GROUPS)}) if count else []
        parts = [next(file.iter_batches(ROWS, row_groups=[group]), None) for group in chosen]
        rows = pa.Table.from_batches([part for part in parts if part is not None], file.schema_arrow)
        pq.write_table(rows, to, row_group_size=ROWS)
