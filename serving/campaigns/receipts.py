"""What was decided about a run after it was made, in files written once: approval, cancellation, receipts of exports.

A receipt is a folder ``exports/PLAY-FORMAT-LIST``: ``sent.parquet`` with everybody who was exported and, for they count
as contacted, who was held out; ``members.parquet`` with whom the list holds from then on; the files in folders by
channel; and last ``receipt.json``, which makes it count. Exports and the cancellation of a run wait for each other.
"""

import hashlib
import os
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from serving.batch.lock import alone
from serving.campaigns.contact_state import EXPORTED
from serving.campaigns.run import CAMPAIGNS, Run

APPROVAL, CANCELLED, EXPORTS, RECEIPT = "approval.json", "cancelled.json", "exports", "receipt.json"
SENT, MEMBERS = "sent.parquet", "members.parquet"


def receipts(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The finished exports of a run's folder, in the order they were made, and what each receipt says."""
    for file in sorted((folder / EXPORTS).glob(f"*/{RECEIPT}")):
        yield file.parent, whole_files.read_sealed(file)


def exported(store: Path, user: pa.DataType) -> pa.Table:
    """Everybody on any list that was ever exported, both arms, each once in a run's play: ``contact_state.EXPORTED``.

    user: the type of ids in the tables; who was exported with ids of another type is nobody now.
    """
    wanted = EXPORTED.set(0, pa.field("user_id", user))
    found = [wanted.empty_table()]
    for folder, place, receipt in every_receipt(store):
        rows = pq.read_table(held(place, receipt, SENT))
        if rows.schema.field("user_id").type == user:
            at = pa.scalar(datetime.fromisoformat(receipt["at"]), pa.timestamp("us"))
            campaign = f"{folder.name}/{receipt['play']}"
            more = {"campaign_id": pa.repeat(campaign, len(rows)), "time": pa.repeat(at, len(rows))}
            found.append(
                pa.table({**dict(zip(rows.column_names, rows.columns, strict=True)), **more})
                .select(wanted.names)
                .cast(wanted)
            )
    return (
        pa.concat_tables(found)
        .group_by(["user_id", "campaign_id"], use_threads=False)
        .aggregate([("channel", "first"), ("time", "min"), ("arm", "first")])
        .rename_columns(["user_id", "campaign_id", "channel", "time", "arm"])
    )


def last_exported(store: Path, play: str, user: pa.DataType, format: str | None = None) -> pa.Table:
    """``user_id`` and ``channel`` of whom the play's list held after its last export, and ``resting``: whether the run
    of then did not write to them, see ``deltas.resting``. format: only as that."""
    kind = pa.schema([("user_id", user), ("channel", pa.string()), ("resting", pa.bool_())])
    mine = [
        (receipt["at"], held(place, receipt, MEMBERS))
        for _, place, receipt in every_receipt(store)
        if receipt["play"] == play and format in (None, receipt["format"])
    ]
    if not mine:
        return kind.empty_table()
    rows = pq.read_table(max(mine)[1])
    if "resting" not in rows.column_names:  # which came later
        rows = rows.append_column("resting", pa.array([False] * len(rows), pa.bool_()))
    return rows.cast(kind) if rows.schema.field("user_id").type == user else kind.empty_table()


def held(place: Path, receipt: Mapping[str, Any], name: str) -> Path:
    """Where a table of an export lies: under its name, or beside it where it was written anew without somebody."""
    return place / receipt.get("places", {}).get(name, name)


def every_receipt(store: Path) -> Iterator[tuple[Path, Path, dict[str, Any]]]:
    """Every finished export of a store: the run's folder, the receipt's, and what it says."""
    for folder in sorted((store / CAMPAIGNS).glob("[0-9]*")):
        for place, receipt in receipts(folder):
            yield folder, place, receipt


def first_exports(store: Path) -> dict[tuple[str, str], datetime]:
    """When each run's play was exported first: the assignment of both arms. Lists of who left do not count."""
    found: dict[tuple[str, str], datetime] = {}
    for folder, _, receipt in every_receipt(store):
        key, at = (folder.name, receipt["play"]), datetime.fromisoformat(receipt["at"])
        if receipt["which"] != "out":
            found[key] = min(at, found.get(key, at))
    return found


def mark(store: Path) -> str:
    """A hash that changes with every export of the store: what was exported changes what may be planned."""
    told = [
        (folder.name, place.name, receipt["at"], receipt["sha256"]) for folder, place, receipt in every_receipt(store)
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def approval(run: Run) -> dict[str, Any] | None:
    """Who approved the run, when, and the manifest's hash that it binds; None where nobody has."""
    file = run.folder / APPROVAL
    return whole_files.read_sealed(file) if file.exists() else None


def binds(approved: Mapping[str, Any], run: Run) -> bool:
    """Whether an approval is of the run as it is, or as it was before somebody was erased from it: that takes only
    rows away."""
    before = (one["manifest_sha256"] for one in run.manifest.get("erasures", ()))
    return approved["manifest_sha256"] in (run.sha256, *before)


def cancelled(run: Run) -> dict[str, Any] | None:
    """Who cancelled the run, and when; None where nobody has."""
    file = run.folder / CANCELLED
    return whole_files.read_sealed(file) if file.exists() else None


def approve(run: Run, by: str, now: datetime) -> dict[str, Any]:
    """Let the run's lists be exported. Raises BadInput where that was done, it is cancelled, or ``by`` drafted it."""
    if found := cancelled(run):
        raise BadInput(f"{run.name}: cancelled by {found['by']} at {found['at']}; plan it again")
    if drafted(run, by):
        raise BadInput(f"{run.name}: '{by}' drafted it, and who drafts does not approve; have somebody else, --by NAME")
    if found := approval(run):
        raise BadInput(f"{run.name}: approved already, by {found['by']} at {found['at']}; export it")
    run.verify()
    _sweep(run.folder)
    told = {"run": run.name, "manifest_sha256": run.sha256, "by": by, "at": now.isoformat(timespec="seconds")}
    whole_files.write_sealed(run.folder / APPROVAL, told)
    return told


def drafted(run: Run, by: str) -> bool:
    """Whether this person drafted the run, who then does not approve it."""
    return _name(by) == _name(run.manifest["planned_by"])


def cancel(run: Run, by: str, now: datetime) -> dict[str, Any]:
    """Let nothing of the run be exported from now on. Raises BadInput where that was done."""
    with exporting(run):
        if found := cancelled(run):
            raise BadInput(f"{run.name}: cancelled already, by {found['by']} at {found['at']}")
        _sweep(run.folder)
        told = {"run": run.name, "by": by, "at": now.isoformat(timespec="seconds")}
        whole_files.write_sealed(run.folder / CANCELLED, told)
    return told


def exporting(run: Run) -> AbstractContextManager[None]:
    """The lock of a run's exports: once a cancellation returns, no list of the run is written any more."""
    return alone(run.folder.parent.parent / "work" / f"export-{run.name}.lock")


def _name(by: str) -> str:
    """A person's name however it is typed: no other case and no blank makes another person of the drafter."""
    return " ".join(unicodedata.normalize("NFKC", by).casefold().split())


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed while they wrote left beside the run's files."""
    for left in folder.glob(".*.tmp"):
        number = left.name.removesuffix(".tmp").rpartition(".")[2]
        if number.isdigit() and not _alive(int(number)):
            left.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
