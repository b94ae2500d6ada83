"""One run of the schedule: every step in order, one summary, and what failed stops nothing that does not need it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from features import whole_files
from features.errors import BadInput, GateFailed
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.batch.lock import alone
from serving.lineage.emit import lineage
from serving.schedule.steps import FAILED, STEPS, Did, Step

FOLDER, NEWEST = "schedule", "latest.json"
EXPECTED = (BadInput, GateFailed, OSError, duckdb.Error)  # what a verb would tell in one line


@dataclass(frozen=True)
class Told:
    """A step's end: its name, status (see ``steps``), one line, and seconds."""

    step: str
    status: str
    said: str
    seconds: float


def scheduled_run(
    base: UserBase,
    told: Callable[[Told], object] = lambda one: None,
    progress: Progress = silent,
    steps: Sequence[Step] = STEPS,
) -> list[Told]:
    """Do what is due. told: is given every step's end at once. The summary is kept as ``schedule/latest.json``.

    A step that fails is told, and those that need it are not tried; all others are. Of two runs at once one waits. A
    killed run is done again from its first step: what a step had finished is found, not done twice.
    """
    store, began, found = base.config.store_path, datetime.now(UTC), list[Told]()
    with alone(store / "work" / "schedule.lock"), lineage(base, "run") as telling:
        for step in steps:
            start = time.perf_counter()
            did = _tried(step, base, progress, found)
            found.append(Told(step.name, did.status, did.said, round(time.perf_counter() - start, 3)))
            told(found[-1])
        (store / FOLDER).mkdir(parents=True, exist_ok=True)
        whole_files.write_sealed(store / FOLDER / NEWEST, summary(base, began, found))
        telling.failed = ", ".join(one.step for one in found if one.status == FAILED)
    return found


def summary(base: UserBase, began: datetime, found: Sequence[Told]) -> dict[str, Any]:
    """What a run did, as JSON has it."""
    return {
        "began": began.isoformat(timespec="seconds"),
        "observed_until": base.tables.observed_until.isoformat(),
        "good": all(one.status != FAILED for one in found),
        "steps": [asdict(one) for one in found],
    }


def _tried(step: Step, base: UserBase, progress: Progress, found: Sequence[Told]) -> Did:
    lacking = [one.step for one in found if one.step in step.needs and one.status == FAILED]
    if lacking:
        return Did(FAILED, f"needs {lacking[0]}, which failed")
    try:
        return step.work(base, progress)
    except EXPECTED as error:
        return Did(FAILED, " ".join(str(error).split()))
