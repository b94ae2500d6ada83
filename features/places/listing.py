"""Lists files on object storage: by name, glob or folder, as the files of this machine are listed, and their stamps."""

import fnmatch
import glob
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow.fs as pf

from features.places.address import Address, parse
from features.places.filesystems import located, told

AT_ONCE = 16  # questions to a store at a time
Stamp = tuple[str | int, ...]


@dataclass(frozen=True)
class Listed:
    """files: URIs, in order. lake: 'Delta' or 'Iceberg' where some are part of such a table, and its ``root``."""

    files: list[str]
    lake: str = ""
    root: str = ""


def listed(uri: str, known: Callable[[str], bool]) -> Listed:
    """The files that a URI names: itself, those that a glob finds, and all below a folder that have a ``known`` name
    but hidden ones and those that begin with _.

    Globs are those of this machine's paths: ``*`` stays within a folder, ``**`` goes through all. The bucket is none.
    Raises BadInput in one line where the store does not answer, or refuses.
    """
    address = parse(uri)
    parts = [one for one in address.key.split("/") if one]
    fixed = next((place for place, one in enumerate(parts) if glob.has_magic(one)), len(parts))
    begin = "/".join([address.bucket, *parts[:fixed]])
    with told(address, uri):
        client = located(address)
        if fixed == len(parts) and client.get_file_info(begin).is_file:
            found, below = [begin], []
        else:
            # One recursive listing answers with 1,000 names at a time; folder by folder, a question each.
            infos = client.get_file_info(pf.FileSelector(begin, recursive=True))
            below = sorted(one.path for one in infos if one.is_file)
            named = [(one, one.removeprefix(begin).strip("/").split("/")) for one in below]
            found = [one for one, names in named if _meant(parts[fixed:], names, known)]
        lake, root = _lake(client, address, begin, below, found)
    return Listed([address.of(one) for one in found], lake, address.of(root) if lake else "")


def stamps(uris: Sequence[str]) -> dict[str, Stamp | None]:
    """Size, time of change in nanoseconds, and the store's tag of every file; None for one that is gone."""
    if not uris:
        return {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(uris, pool.map(stamp, uris), strict=True))


def stamp(uri: str) -> Stamp | None:
    """The same of one file."""
    address = parse(uri)
    with told(address, uri):
        client = located(address)
        info = client.get_file_info(address.path)
        if not info.is_file:
            return None
        try:
            with client.open_input_stream(address.path, compression=None) as stream:
                about = {_text(key).lower(): _text(value) for key, value in (stream.metadata() or {}).items()}
        except FileNotFoundError:
            return None
    return info.size, info.mtime_ns or 0, about.get("etag") or about.get("generation") or ""


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _meant(pattern: Sequence[str], names: Sequence[str], known: Callable[[str], bool]) -> bool:
    """Whether a file is what the pattern names, or lies in a folder that it names."""
    for count in _matched(pattern, names):
        rest = names[count:]
        if not rest or (known(rest[-1]) and not any(one[0] in "._" for one in rest)):
            return True
    return False


def _matched(pattern: Sequence[str], names: Sequence[str]) -> Iterator[int]:
    """How many of the names a whole pattern takes up, in every way that it can."""
    if not pattern:
        yield 0
    elif pattern[0] == "**":
        for count in range(len(names) + 1):
            if any(one.startswith(".") for one in names[:count]):
                return
            yield from (count + more for more in _matched(pattern[1:], names[count:]))
    elif names and fnmatch.fnmatchcase(names[0], pattern[0]) and (pattern[0][0] == "." or names[0][0] != "."):
        yield from (1 + more for more in _matched(pattern[1:], names[1:]))


def _lake(
    client: pf.FileSystem, address: Address, begin: str, below: Sequence[str], found: Sequence[str]
) -> tuple[str, str]:
    """The kind and root of a Delta or Iceberg table that a found file is part of; two empty texts without one."""
    roots = {path.partition("/_delta_log/")[0]: "Delta" for path in below if "/_delta_log/" in path}
    roots |= {one.rpartition("/metadata/")[0]: "Iceberg" for one in below if _is_metadata(one)}
    for root, kind in sorted(roots.items()):
        if not found or any(file.startswith(f"{root}/") for file in found):
            return kind, root
    above = begin.split("/")[: -1 if begin in found else None]
    for depth in range(len(above), max(1, len(above) - 6), -1):
        root = "/".join(above[:depth])
        if kind := kind_of(client, root):
            return kind, root
    return "", ""


def kind_of(client: pf.FileSystem, root: str) -> str:
    """'Delta' or 'Iceberg' where a folder is such a table; else empty."""
    if client.get_file_info(f"{root}/_delta_log").type == pf.FileType.Directory:
        return "Delta"
    files = client.get_file_info(pf.FileSelector(f"{root}/metadata", allow_not_found=True))
    return "Iceberg" if any(_is_metadata(one.path) for one in files) else ""


def _is_metadata(path: str) -> bool:
    return "/metadata/" in path and path.endswith(".metadata.json") and "/" not in path.rpartition("/metadata/")[2]
