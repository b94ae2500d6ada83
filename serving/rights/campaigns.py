"""Takes people out of campaign runs: assignments, lists, exports, tags that were synced, and what was read back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from features import whole_files
from serving.batch.part import part_file, prefix_of, record_of, write_part
from serving.campaigns.lists.tag_sync import HELD
from serving.campaigns.plan import REPEATING, ROWS
from serving.campaigns.read_back import ASSIGNED
from serving.campaigns.receipts import EXPORTS, MEMBERS, RECEIPT, SENT, held
from serving.campaigns.run import ASSIGNMENTS, CAMPAIGNS, LISTS, MANIFEST, STAYED
from serving.rights.people import People
from serving.rights.rewritten import in_place, keep_only, next_name, read, without, write_manifest


def erase_from_run(folder: Path, people: People, at: str) -> int:
    """Take them out of a finished run and of its exports: how many rows went. Its approval still holds, for the
    manifest says what it replaces; the report keeps its counts, which were true when it was made."""
    manifest = whole_files.read_sealed(folder / MANIFEST)
    before, places, rows = whole_files.sha256(folder / MANIFEST), dict(manifest.get("places", {})), 0
    rows += sum(erase_from_export(one.parent, (SENT, MEMBERS), people) for one in folder.glob(f"{EXPORTS}/*/{RECEIPT}"))
    _sweep_exports(folder)
    taken = 0
    for entry in manifest["parts"]:
        if any(prefix_of(one, manifest["digits"]) == entry["prefix"] for one in people.ids):
            taken += _erase_from_part(folder / ASSIGNMENTS, entry, people)
    for name in manifest["files"]:
        if name.startswith((f"{LISTS}/", f"{STAYED}/")) and name.endswith(".parquet"):
            found = without(folder, places.get(name, name), people.by_id)
            if found is not None:
                places[name], left, gone = found
                whole_files.write_parquet(folder / places[name], left)
                manifest["files"][name] = whole_files.sha256(folder / places[name])
                taken += gone
    if taken:
        erased = {"at": at, "manifest_sha256": before}
        manifest |= {"places": places, "erasures": [*manifest.get("erasures", []), erased]}
        write_manifest(folder / MANIFEST, manifest)
    for room in (ASSIGNMENTS, LISTS, STAYED):
        keep_only(folder / room, _files(folder, manifest))
    return rows + taken


def erase_from_export(place: Path, tables: Sequence[str], people: People) -> int:
    """Take them out of an export's tables. The files for the platform name users by the platform's ids, so those of a
    channel by which one of them was written to are taken away whole; the receipt says which. How many rows went."""
    receipt = whole_files.read_sealed(place / RECEIPT)
    places, rows, channels = dict(receipt.get("places", {})), 0, set[str]()
    for name in tables:
        now = held(place, receipt, name)
        table = read(now)
        mine = table.filter(people.by_id.rows_of(table))
        if not len(mine):
            continue
        channels |= set(mine["channel"].to_pylist() if "channel" in mine.column_names else [""])
        places[name] = next_name(now.name)
        whole_files.write_parquet(place / places[name], table.filter(_not(people.by_id.rows_of(table))))
        rows += len(mine)
    if rows:
        gone = [one["file"] for one in receipt["files"] if "" in channels or one["file"].partition("/")[0] in channels]
        receipt["files"] = [one for one in receipt["files"] if one["file"] not in gone]
        receipt |= {"places": places, "taken_away": sorted({*receipt.get("taken_away", []), *gone})}
        if SENT in tables:
            receipt["sha256"] = whole_files.sha256(held(place, receipt, SENT))
        write_manifest(place / RECEIPT, receipt)
    kept = [place / RECEIPT, *(held(place, receipt, name) for name in tables)]
    keep_only(place, [*kept, *(place / one["file"] for one in receipt["files"])])
    return rows


def erase_from_tags(store: Path, people: People) -> int:
    """Take them out of what platforms hold of tags, as far as syncs told: how many rows went."""
    syncs = sorted((store / CAMPAIGNS / "tags").glob(f"*/*/{RECEIPT}"))
    return sum(erase_from_export(one.parent, (HELD,), people) for one in syncs)


def erase_from_read_back(store: Path, people: People) -> int:
    """Take them out of the assignments that were read back for training."""
    return in_place(store / CAMPAIGNS / ASSIGNED, people.by_id)


def _erase_from_part(folder: Path, entry: dict[str, Any], people: People) -> int:
    found = without(folder, entry["file"], people.by_id)
    if found is None:
        return 0
    name, left, gone = found
    prefix = name.removesuffix(".parquet").removeprefix("part-")
    record = whole_files.read_sealed(record_of(folder / entry["file"]))
    told = write_part(folder, prefix, left, {"groups": record.get("groups", {})}, ROWS, REPEATING)
    entry |= {"file": part_file(folder, prefix).name, "rows": told["rows"], "sha256": told["sha256"]}
    return gone


def _files(folder: Path, manifest: dict[str, Any]) -> list[Path]:
    parts = [folder / ASSIGNMENTS / entry["file"] for entry in manifest["parts"]]
    places = manifest.get("places", {})
    return [*parts, *map(record_of, parts), *(folder / places.get(name, name) for name in manifest["files"])]


def _sweep_exports(folder: Path) -> None:
    """Remove exports without a receipt: killed ones."""
    for place in (folder / EXPORTS).glob("*"):
        if not (place / RECEIPT).exists():
            keep_only(place, [])


def _not(mask: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.invert(mask)
