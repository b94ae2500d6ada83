"""Takes people out of snapshots and boards: parts, counts and the lists of who is most worth keeping."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features import whole_files
from features.errors import BadInput
from serving.batch import counts as tally
from serving.batch.challenger import kept
from serving.batch.part import part_file, prefix_of, record_of, write_part
from serving.batch.snapshot import INPUTS, MANIFEST
from serving.rights.cube import less
from serving.rights.people import People
from serving.rights.rewritten import in_place, keep_only, next_name, read, without, write_manifest

BOARDS, CUBE = "boards", "cube"


def erase_from_snapshot(folder: Path, people: People, at: str) -> int:
    """Take them out of a finished snapshot: how many rows went. Other rows stay as they are; the manifest says when and
    how many were erased, and counts who is left. at: when the erasure began.

    Raises BadInput where the snapshot is damaged.
    """
    manifest = _read(folder / MANIFEST)
    rows, counted, eligible, alike = 0, Counter[str](), 0, 0
    gone_rows: list[pa.Table] = []
    for entry in manifest["parts"]:
        if not any(prefix_of(one, manifest["digits"]) == entry["prefix"] for one in people.ids):
            continue
        found = without(folder, entry["file"], people.by_id)
        if found is None:
            continue
        name, left, gone = found
        theirs = read(folder / entry["file"])
        theirs = theirs.filter(people.by_id.rows_of(theirs))
        gone_rows.append(theirs)
        counted += Counter(_count(theirs))
        eligible += int(pc.sum(theirs["eligible"]).as_py() or 0) if "eligible" in theirs.column_names else 0
        alike += tally.curve_alike(theirs) if "churn_curve" in theirs.column_names else 0
        record = whole_files.read_sealed(record_of(folder / entry["file"]))
        about = {key: value for key, value in record.items() if key not in ("rows", "sha256")}
        if "counts" in about:
            about["counts"] = _count(left)
        if "curve_alike" in about:
            about["curve_alike"] -= tally.curve_alike(theirs)
        prefix = name.removesuffix(".parquet").removeprefix("part-")
        told = write_part(folder, prefix, left, about)
        entry |= {"file": part_file(folder, prefix).name, "rows": told["rows"], "sha256": told["sha256"]}
        rows += gone
    erase_from_challenger(folder, manifest, people)
    changed = erase_from_boards(folder, manifest.get(BOARDS, {}), people, gone_rows)
    if rows or changed:
        for key, count in (("users", rows), ("eligible", eligible), ("curve_alike", alike)):
            if key in manifest:
                manifest[key] -= count
        if "counts" in manifest:
            manifest["counts"] = {key: n - counted.get(key, 0) for key, n in manifest["counts"].items()}
        manifest["erasures"] = [*manifest.get("erasures", []), {"at": at, "users": rows}]
        write_manifest(folder / MANIFEST, manifest)
    keep_only(folder, _files(folder, manifest))
    return rows + changed


def erase_from_challenger(folder: Path, manifest: dict[str, Any], people: People) -> None:
    """Take them out of what a challenger says of a snapshot's users; the manifest's entries are changed. Whoever stands
    there stands in the snapshot, too, so they are not counted again."""
    about, changed = manifest.get(kept.KEY, {"parts": []}), False
    for entry in about["parts"]:
        found = without(folder, entry["file"], people.by_id)
        if found is not None:
            name, left, _ = found
            whole_files.write_parquet(folder / name, left)
            entry |= {"file": name, "sha256": whole_files.sha256(folder / name), "rows": len(left)}
            changed = True
    if changed:
        about["agreement"] = kept.agree(folder, manifest["parts"], about["parts"])


def erase_from_boards(folder: Path, about: dict[str, Any], people: People, gone_rows: Sequence[pa.Table]) -> int:
    """Take them out of boards, whose entries in a manifest are changed: how many rows went. gone_rows: theirs of the
    snapshot, which the cube sums up."""
    rows = 0
    for board, entry in about.get("made", {}).items():
        found = without(folder, entry["file"], people)
        if board == CUBE and any(map(len, gone_rows)):
            name = next_name(entry["file"])
            found = name, less(read(folder / entry["file"]), pa.concat_tables(gone_rows)), 0
        if found is not None:
            name, left, gone = found
            whole_files.write_parquet(folder / name, left)
            entry |= {"file": name, "sha256": whole_files.sha256(folder / name), "rows": len(left)}
            rows += gone
    return rows


def erase_from_own_boards(folder: Path, people: People, at: str) -> int:
    """The same for boards that were made anew, beside no parts. Before their snapshot's turn: what the cube loses is
    read there, once; the manifest says by which erasures that was done."""
    manifest = _read(folder / MANIFEST)
    done = any(one["at"] == at for one in manifest.get("erasures", []))
    gone_rows = [] if done else _rows_of(folder.parents[1] / "snapshots" / str(manifest.get("snapshot")), people)
    rows = erase_from_boards(folder, manifest[BOARDS], people, gone_rows)
    if rows or gone_rows:
        manifest["erasures"] = [*manifest.get("erasures", []), {"at": at, "users": sum(map(len, gone_rows))}]
        write_manifest(folder / MANIFEST, manifest)
    keep_only(folder, [folder / MANIFEST, *(folder / one["file"] for one in manifest[BOARDS]["made"].values())])
    return rows


def erase_from_tables(folder: Path, people: People) -> int:
    """Take them out of the Parquet files of a folder that no manifest names, such as layers and stages."""
    return sum(in_place(file, people) for file in sorted(folder.glob("*.parquet")))


def _rows_of(folder: Path, people: People) -> list[pa.Table]:
    """Their rows of a snapshot; none where there is none any more."""
    if not (folder / MANIFEST).exists():
        return []
    manifest = _read(folder / MANIFEST)
    prefixes = {prefix_of(one, manifest["digits"]) for one in people.ids}
    found = [read(folder / one["file"]) for one in manifest["parts"] if one["prefix"] in prefixes]
    theirs = [rows.filter(people.by_id.rows_of(rows)) for rows in found]
    return [rows for rows in theirs if len(rows)]


def _files(folder: Path, manifest: dict[str, Any]) -> list[Path]:
    parts = [folder / entry["file"] for entry in manifest["parts"]]
    boards = [folder / one["file"] for one in manifest.get(BOARDS, {}).get("made", {}).values()]
    theirs = kept.files(folder, manifest)
    return [folder / MANIFEST, folder / INPUTS, *parts, *map(record_of, parts), *boards, *theirs]


def _count(rows: pa.Table) -> dict[str, int]:
    return tally.count(rows) if set(tally.KINDS) <= set(rows.column_names) else {}


def _read(file: Path) -> dict[str, Any]:
    try:
        return whole_files.read_sealed(file)
    except BadInput:
        raise BadInput(
            f"{file}: damaged or of an older format, so nobody can be erased from it; remove {file.parent}, and erase "
            "again"
        ) from None
