"""What was decided about a run after it was made, in files written once: approval, cancellation, receipts of exports.

A receipt is a folder ``exports/NUMBER-PLAY-FORMAT-WHICH``: ``sent.parquet`` with everybody who was exported and who was
held out, then ``receipt.json``, which makes it count.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from serving.campaigns.contact_state import EXPORTED
from serving.campaigns.fates import TREATMENT
from serving.campaigns.run import CAMPAIGNS, Run

APPROVAL, CANCELLED, EXPORTS, RECEIPT, SENT = "approval.json", "cancelled.json", "exports", "receipt.json", "sent.parquet"


def receipts(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The finished exports of a run's folder, in the order they were made, and what each receipt says."""
    for file in sorted((folder / EXPORTS).glob(f"*/{RECEIPT}")):
        yield file.parent, whole_files.read_sealed(file)


def exported(store: Path, user: pa.DataType) -> pa.Table:
    """Everybody on any list that was ever exported, both arms, see ``contact_state.EXPORTED``.

    user: the type of ids in the tables; who was exported with ids of another type is nobody now.
    """
    wanted = EXPORTED.set(0, pa.field("user_id", user))
    found = [wanted.empty_table()]
    for folder in sorted((store / CAMPAIGNS).glob("[0-9]*")):
        for place, _ in receipts(folder):
            rows = pq.read_table(place / SENT)
            if rows.schema.field("user_id").type == user:
                found.append(rows.select(wanted.names).cast(wanted))
    return pa.concat_tables(found)


def last_exported(store: Path, play: str, user: pa.DataType) -> pa.Table:
    """``user_id`` and ``channel`` of the play's treated on the list that was exported last, without those that left."""
    newest: tuple[str, Path] | None = None
    for folder in sorted((store / CAMPAIGNS).glob("[0-9]*")):
        for place, receipt in receipts(folder):
            if receipt["play"] == play and receipt["which"] != "out" and (not newest or receipt["at"] > newest[0]):
                newest = (receipt["at"], place)
    kind = pa.schema([("user_id", user), ("channel", pa.string())])
    if newest is None:
        return kind.empty_table()
    full = pq.read_table(newest[1] / SENT)
    treated = full.filter(pa.compute.equal(full["arm"], TREATMENT))
    return treated.select(kind.names).cast(kind) if full.schema.field("user_id").type == user else kind.empty_table()


def mark(store: Path) -> str:
    """A hash that changes with every export of the store: what was exported changes what may be planned."""
    told = [
        (folder.name, place.name, receipt["sha256"])
        for folder in sorted((store / CAMPAIGNS).glob("[0-9]*"))
        for place, receipt in receipts(folder)
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def approval(run: Run) -> dict[str, Any] | None:
    """Who approved the run, when, and the manifest's hash that it binds; None where nobody has."""
    file = run.folder / APPROVAL
    return whole_files.read_sealed(file) if file.exists() else None


def cancelled(run: Run) -> dict[str, Any] | None:
    """Who cancelled the run, and when; None where nobody has."""
    file = run.folder / CANCELLED
    return whole_files.read_sealed(file) if file.exists() else None


def approve(run: Run, by: str, now: datetime) -> dict[str, Any]:
    """Let the run's lists be exported. Raises BadInput where that was done, the run is cancelled, or ``by`` drafted it."""
    if found := cancelled(run):
        raise BadInput(f"{run.name}: cancelled by {found['by']} at {found['at']}; plan it again")
    if by == run.manifest["planned_by"]:
        raise BadInput(f"{run.name}: '{by}' drafted it, and who drafts does not approve; have somebody else, --by NAME")
    if found := approval(run):
        raise BadInput(f"{run.name}: approved already, by {found['by']} at {found['at']}; export it")
    _ = [run.check(name) for name in run.manifest["files"]], run.files
    told = {"run": run.name, "manifest_sha256": run.sha256, "by": by, "at": now.isoformat(timespec="seconds")}
    whole_files.write_sealed(run.folder / APPROVAL, told)
    return told


def cancel(run: Run, by: str, now: datetime) -> dict[str, Any]:
    """Let nothing of the run be exported from now on. Raises BadInput where that was done."""
    if found := cancelled(run):
        raise BadInput(f"{run.name}: cancelled already, by {found['by']} at {found['at']}")
    told = {"run": run.name, "by": by, "at": now.isoformat(timespec="seconds")}
    whole_files.write_sealed(run.folder / CANCELLED, told)
    return told
