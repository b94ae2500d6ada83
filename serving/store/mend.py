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


def mend(store: Path) -> list[str]:
    """Remove snapshots that are not whole, and point ``latest`` at the newest that is; what was done, a line each.

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
        with suppress(BadInput):
            latest(store)
            return done
        if whole := shelf(store):
            whole_files.write_text(store / "snapshots" / LATEST, whole[0].folder.name)
            done.append(f"the latest snapshot is {whole[0].folder.name}")
    return done
