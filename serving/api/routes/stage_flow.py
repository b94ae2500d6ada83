"""The flow between stages from one snapshot to a later one, worked out once per pair and kept."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import duckdb

from features.errors import BadInput
from serving.api.guard.deadline import stoppable
from serving.batch.earlier import earlier
from serving.batch.listing import shelf
from serving.batch.snapshot import Snapshot, open_snapshot

Move = tuple[str | None, str | None, int]  # before, after (None: not in that snapshot), users
MEMORY = "1GB"  # what a pair may take at once; more goes to disk


def previous(store: Path, snapshot: Snapshot) -> Snapshot | None:
    """The newest snapshot of an earlier date than this one's; None where there is none."""
    return earlier(store, datetime.fromisoformat(snapshot.manifest["as_of"]))


def named(store: Path, run: str) -> Snapshot | None:
    """A finished snapshot of the store by its run; None where there is none. The name is never taken for a path."""
    return next((one.snapshot for one in shelf(store) if one.folder.name == run), None)


def flow(before: Snapshot, after: Snapshot) -> Sequence[Move]:
    """How many users went from which stage to which, by name of stage.
    Raises BadInput where a part is damaged, duckdb.InterruptException where the request's time is over.
    """
    return _flow(before.folder, after.folder)


@lru_cache(maxsize=16)
def _flow(old: Path, new: Path) -> tuple[Move, ...]:
    before, after = open_snapshot(old), open_snapshot(new)
    kinds = [one.schema.field("user_id").type for one in (before, after)]
    if kinds[0] != kinds[1]:
        raise BadInput(f"{new}: user ids are {kinds[1]}, in {before.run_id} {kinds[0]}; compare snapshots of one base")
    files = {name: [str(file) for file in one.each_file()] for name, one in (("old", before), ("new", after))}
    with duckdb.connect() as con, stoppable(con.interrupt):
        con.execute(f"SET threads = 1; SET memory_limit = '{MEMORY}'; SET temp_directory = '{old.parents[1] / 'tmp'}'")
        try:
            found = con.execute(
                "SELECT old.stage, new.stage, count(*) FROM read_parquet($old) AS old "
                "FULL JOIN read_parquet($new) AS new ON old.user_id = new.user_id GROUP BY ALL ORDER BY ALL",
                files,
            )
            return tuple(found.fetchall())
        except (
            duckdb.IOException,
            duckdb.InvalidInputException,
        ):  # pruned, or damaged, since it was held against its hash
            raise BadInput(
                f"{old} or {new}: a part cannot be read any more; ask for snapshots that are there"
            ) from None
