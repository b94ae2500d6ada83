"""Brings back a store that was copied while a job wrote to it to the last state that is whole."""

import shutil
from contextlib import suppress
from pathlib import Path

from features import whole_files
from features.errors import BadInput
from serving.batch.listing import shelf
from serving.batch.lock import owning
from serving.batch.snapshot import LATEST, latest
from serving.batch.verify import verify
from serving.campaigns.receipts import EXPORTS, RECEIPT
from serving.campaigns.run import Run, runs


def mend(store: Path) -> list[str]:
    """Remove snapshots that are not whole, and campaign runs that are not and of which nothing was sent, and point
    ``latest`` at the newest snapshot that is whole; what was done, a line each.

    Nothing else is touched: what is wrong elsewhere has to come from a backup, or is made anew.
    """
    done = []
    with owning(store):
        for one in shelf(store):
            try:
                verify(one.folder)
            except BadInput:
                shutil.rmtree(one.folder)
                done.append(f"removed {one.folder}: it was not whole")
        done += [line for run in runs(store) if (line := _unsent(run))]
        with suppress(BadInput):
            latest(store)
            return done
        if whole := shelf(store):
            whole_files.write_text(store / "snapshots" / LATEST, whole[0].folder.name)
            done.append(f"the latest snapshot is {whole[0].folder.name}")
    return done


def _unsent(run: Run) -> str:
    """Remove a run that is not whole, unless it was exported: what was sent counts as contact."""
    try:
        run.verify()
    except BadInput:
        if not any((run.folder / EXPORTS).glob(f"*/{RECEIPT}")):
            shutil.rmtree(run.folder)
            return f"removed {run.folder}: it was not whole, and nothing of it was exported; plan it anew"
    return ""
