"""Files that are whole or not there, also after a power cut; and JSON files that show when they were damaged."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

from features.errors import BadInput

SEAL = "seal"  # last key of a sealed file: the sha256 of all the bytes before it
_TAIL = f',\n "{SEAL}": "%s"\n}}\n'


def write(file: Path, fill: Callable[[Path], object]) -> None:
    """Let ``fill`` write to a temporary name; flush that to disk, rename it, and flush the folder.

    Where that fails, nothing is left; only a killed process leaves one of such a name: ``.name.random.number.tmp``.
    """
    part = file.with_name(f".{file.name}.{token_hex(4)}.{os.getpid()}.tmp")  # other machines have such numbers, too
    try:
        fill(part)
        _flush(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    _flush(file.parent)


def write_parquet(file: Path, rows: Any, compression: str = "zstd", plain: bool = False) -> None:
    """Write an Arrow table as Parquet: of the same rows, the same bytes. plain: no dictionaries and no statistics, for
    what is read back once: in half the time."""
    from pyarrow.parquet import write_table  # its import costs what a verb that writes no table should not pay

    write(
        file,
        lambda part: write_table(
            rows, part, compression=compression, use_dictionary=not plain, write_statistics=not plain
        ),
    )


def write_text(file: Path, text: str) -> None:
    write(file, lambda part: part.write_text(text, encoding="utf-8"))


def write_sealed(file: Path, content: dict[str, Any], made_ns: int | None = None) -> None:
    """Write a non-empty object as JSON, its seal last. made_ns: when the file is to say that it was written, in
    nanoseconds since 1970; default: now."""

    def fill(part: Path) -> None:
        part.write_text(_sealed(json.dumps(content, indent=1)), encoding="utf-8")
        if made_ns is not None:
            os.utime(part, ns=(made_ns, made_ns))

    write(file, fill)


def read_sealed(file: Path) -> dict[str, Any]:
    """What a sealed file says, without its seal; raises BadInput where it is missing, damaged or has no seal."""
    try:
        text = file.read_text(encoding="utf-8")
        if text != _sealed(text[: -len(_TAIL % ("0" * 64))] + "\n}"):
            raise ValueError
        return {key: value for key, value in json.loads(text).items() if key != SEAL}
    except FileNotFoundError:
        raise BadInput(f"{file}: not there; score again with 'holdfast score --fresh'") from None
    except (OSError, ValueError):
        raise BadInput(f"{file}: damaged or unreadable; score again with 'holdfast score --fresh'") from None


def sha256(file: Path) -> str:
    """The hash of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sealed(body: str) -> str:
    return body.removesuffix("\n}") + _TAIL % hashlib.sha256(body.encode()).hexdigest()


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
