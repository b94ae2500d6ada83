"""The challenger's part of a snapshot: files beside the champion's parts, and what the manifest says of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from serving.batch.challenger.scores import COLUMNS, agreement, challenger_file, challenger_rows
from serving.batch.part import part_file, record_file
from serving.batch.row_reader import CURE
from training.tracking import Challenger
from training.trained_model import Bundle

KEY = "challenger"  # of manifests and records
ROWS = 100_000  # scored at once


def features(bundle: Bundle, challenger: Challenger | None) -> list[str]:
    """The features that a bundle and the challenger take, each once."""
    theirs = challenger.version.bundle.features if challenger else ()
    return list(dict.fromkeys([*bundle.features, *theirs]))


def write(folder: Path, prefix: str, challenger: Challenger | None, scored: pa.Table, threads: int) -> dict[str, Any]:
    """Score a bucket's eligible users, and return what the part's record says of it; nothing where there is none."""
    if challenger is None:
        return {}
    bundle = challenger.version.bundle
    parts = [
        challenger_rows(bundle, scored.slice(begin, ROWS), threads) for begin in range(0, max(len(scored), 1), ROWS)
    ]
    file = challenger_file(folder, prefix)
    folder.mkdir(parents=True, exist_ok=True)
    whole_files.write_parquet(file, pa.concat_tables(parts))
    return {KEY: {"rows": len(scored), "sha256": whole_files.sha256(file)}}


def finished(folder: Path, prefix: str, record: dict[str, Any], challenger: Challenger | None) -> bool:
    """Whether a bucket that a stopped run finished has the challenger's scores too, as they were written."""
    if challenger is None:
        return True
    file = challenger_file(folder, prefix)
    return KEY in record and file.exists() and whole_files.sha256(file) == record[KEY]["sha256"]


def told(folder: Path, challenger: Challenger | None, prefixes: Sequence[str]) -> dict[str, Any]:
    """What the manifest says: the model, since when it is challenger, its files, and how both models agree."""
    if challenger is None:
        return {}
    entries = [
        {"prefix": one, "file": challenger_file(folder, one).name}
        | whole_files.read_sealed(record_file(folder, one))[KEY]
        for one in prefixes
    ]
    parts = [{"prefix": one, "file": part_file(folder, one).name} for one in prefixes]
    about: dict[str, Any] = {"model": challenger.version.name, "since": challenger.since.isoformat(), "parts": entries}
    about["labels_close"] = challenger.version.bundle.trained_on.get("labels_close")
    return {KEY: about | {"agreement": agree(folder, parts, entries)}}


def agree(folder: Path, parts: Sequence[dict[str, Any]], entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How the models agree, read from the files that a manifest names. Raises BadInput where one cannot be read."""
    ours = {one["prefix"]: one["file"] for one in parts}

    def pairs() -> Iterator[tuple[pa.Table, pa.Table]]:
        for one in entries:
            yield _read(folder / ours[one["prefix"]], ["user_id", *COLUMNS]), _read(folder / one["file"], None)

    return agreement(pairs())


def rows(folder: Path, manifest: dict[str, Any]) -> pa.Table | None:
    """All of the challenger's scores of a snapshot, in no order; None where there was no challenger. Raises BadInput
    where a file is not what was written."""
    if KEY not in manifest:
        return None
    entries = manifest[KEY]["parts"]
    verify(folder, manifest)
    return pa.concat_tables([_read(folder / one["file"], None) for one in entries]).combine_chunks()


def files(folder: Path, manifest: dict[str, Any]) -> list[Path]:
    """The files that a manifest names for its challenger."""
    return [folder / one["file"] for one in manifest.get(KEY, {}).get("parts", ())]


def verify(folder: Path, manifest: dict[str, Any]) -> None:
    """Raises BadInput where a file of the challenger is not there or not what was written."""
    for one in manifest.get(KEY, {}).get("parts", ()):
        file = folder / one["file"]
        if not file.exists() or whole_files.sha256(file) != one["sha256"]:
            raise BadInput(f"{file}: damaged or not there; {CURE}")


def _read(file: Path, columns: list[str] | None) -> pa.Table:
    try:
        return pq.ParquetFile(file).read(columns, use_threads=False)
    except (OSError, pa.ArrowException):
        raise BadInput(f"{file}: damaged or not there; {CURE}") from None
