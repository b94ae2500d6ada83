"""The steps of the schedule, in order: each is idempotent, and says in one line what it did."""

from collections.abc import Callable
from dataclasses import dataclass

from features.errors import BadInput
from features.progress import Progress
from features.user_base import UserBase

# All else is imported where it is used: a step that is not due costs nothing.

DONE, AGAIN, SKIPPED, FAILED = "done", "as before", "not due", "failed"


@dataclass(frozen=True)
class Did:
    """status: done, as before (it had been done), or not due. said: in one line."""

    status: str
    said: str


@dataclass(frozen=True)
class Step:
    """needs: steps without which it is not tried, where they failed in this run."""

    name: str
    work: Callable[[UserBase, Progress], Did]
    needs: tuple[str, ...] = ()


def train(base: UserBase, progress: Progress) -> Did:
    """Decide on the challenger, where there is one; else train where it is due, promote by the gate. A model that is
    not promoted is no failure: the champion stays."""
    from serving.lineage.emit import lineage
    from serving.monitoring.report.kept import newest
    from serving.schedule.due import last_tried, note_tried, why_train
    from serving.schedule.trial_end import ended
    from training import job
    from training.rows.data_gates import data_gates
    from training.tracking import champion

    if trial := ended(base):
        return Did(DONE if trial.over else SKIPPED, trial.said)
    store = base.config.store_path
    found = newest(store)
    standing = champion(base.config)
    due, why = why_train(base, standing, found["verdict"] if found else "", last_tried(store))
    if not due:
        return Did(SKIPPED, why)
    red = [gate for gate in data_gates(base) if gate.level == "red"]
    if red:
        return Did(SKIPPED, "too little to train: " + "; ".join(f"{gate.name}: {gate.found}" for gate in red))
    with lineage(base, "train") as telling:
        outcome = job.train(base, None, progress)
        telling.add("models", outcome.version.name)
    note_tried(base, outcome.version.name)
    return Did(DONE, f"{why}; {outcome.version.name} {outcome.verdict}: {outcome.reason}")


def score(base: UserBase, progress: Progress) -> Did:
    """Score everybody, boards beside; by MBG/NBD where the base is too young to train."""
    from serving.batch.fallback_model import without_champion
    from serving.batch.score import score as run
    from serving.batch.snapshot import latest
    from serving.lineage.emit import lineage
    from training.tracking import champion
    from training.tracking.challengers import beside

    store = base.config.store_path
    try:
        before = latest(store).run_id
    except BadInput:
        before = ""
    model = champion(base.config) or without_champion(base)[0]
    challenger, why_not = beside(base.config, model)
    with lineage(base, "score") as telling:
        snapshot = run(base, model, progress=progress, challenger=challenger)
        about = snapshot.manifest
        telling.add("snapshots", snapshot.run_id, about["users"])
    said = f"{snapshot.run_id}: {about['eligible']:,} of {about['users']:,} users scored by {about['model_version']}"
    said += f", and by challenger {challenger.version.name}" if challenger else f"; {why_not}" if why_not else ""
    return Did(AGAIN if snapshot.run_id == before else DONE, said)


def plan(base: UserBase, progress: Progress) -> Did:
    """Draft a campaign run where there is a playbook. It waits for somebody's approval; nothing is sent."""
    from serving.batch.snapshot import latest
    from serving.campaigns.plan import plan as run
    from serving.campaigns.run import runs

    config = base.config
    if not config.playbook.plays:
        return Did(SKIPPED, "no [[play]]")
    there = {one.name for one in runs(config.store_path)}
    drafted = run(base, latest(config.store_path), progress=progress)
    said = f"{drafted.name}: a draft that waits for 'holdfast campaign approve'"
    return Did(AGAIN if drafted.name in there else DONE, said)


def verify(base: UserBase, progress: Progress) -> Did:
    """Verify the campaigns whose looks are due."""
    from serving.verification.verify_all import NobodyAssigned, verify_all

    try:
        done = verify_all(base, progress=progress)
    except NobodyAssigned:
        return Did(SKIPPED, "nobody was assigned yet")
    return Did(DONE, f"{len(done.found):,} campaigns, {done.reports['en'].name}")


def monitor(base: UserBase, progress: Progress) -> Did:
    """Look at what is served and what came."""
    from serving.monitoring.monitor_all import monitor_all

    told = monitor_all(base, progress).told
    first = f": {told['findings'][0]['said']['en']}" if told["findings"] else ""
    return Did(DONE, f"{told['verdict']}{first}")


STEPS = (
    Step("train", train),
    Step("score", score),
    Step("plan", plan, ("score",)),
    Step("verify", verify),
    Step("monitor", monitor),
)
