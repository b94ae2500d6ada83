"""What ``[store.keep]`` says is old enough to go: snapshots, runs, rows set aside, and logs."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.config import Config
from features.partials.shelf import on_shelf
from serving.api.pages.audit import FILE, LOGS
from serving.batch.listing import shelf, size
from serving.batch.lock import owning
from serving.campaigns.run import runs
from serving.jobs.jobs import jobs

DAY = 86_400.0


@dataclass(frozen=True)
class Old:
    """A folder or file that is old enough to go, and its bytes."""

    place: Path
    size: int


def old(config: Config, now: datetime) -> list[Old]:
    """What may go. now: UTC, without a zone. The latest snapshot and those that a run which stays was made from stay,
    and the newest run."""
    keep, store = config.store.keep, config.store_path
    found = [*_runs(store, keep.runs_days, now), *_logs(store, keep.logs_days, now)]
    gone = {one.name for one in found}
    needed = {run.manifest["snapshot"] for run in runs(store) if run.name not in gone}
    if keep.snapshots is not None:
        for one in shelf(store)[keep.snapshots :]:
            if not one.latest and one.folder.name not in needed:
                found.append(one.folder)
    if keep.quarantine_days is not None:
        found += [file for file in (store / "quarantine").glob("*") if _age(file, now) > keep.quarantine_days]
    found += [one.file for one in on_shelf(store) if _age(one.file, now) > keep.partials_days]
    return [Old(one, size(one)) for one in sorted(found)]


def clear(config: Config, now: datetime, dry_run: bool = False) -> list[Old]:
    """Remove what is old enough to go, and return it. dry_run: only return it. Jobs are waited for."""
    if dry_run:
        return old(config, now)
    with owning(config.store_path):
        found = old(config, now)
        for one in found:
            if one.place.is_dir():
                gone = one.place.with_name(f".gone-{one.place.name}")  # vanishes for readers as a whole
                one.place.rename(gone)
                shutil.rmtree(gone)
            else:
                one.place.unlink(missing_ok=True)
        _put_aside(config.store_path / FILE, config.store.keep.logs_days, now)
    return found


def _runs(store: Path, days: int | None, now: datetime) -> Iterator[Path]:
    if days is not None:
        for run in runs(store)[1:]:
            if run.as_of < now - timedelta(days=days):
                yield run.folder


def _logs(store: Path, days: int | None, now: datetime) -> Iterator[Path]:
    if days is None:
        return
    for job in jobs(store):
        if job.state != "running" and job.at < now - timedelta(days=days):
            yield from (store / "jobs").glob(f"{job.name}.*")
    yield from (file for file in store.glob(LOGS) if file != store / FILE and _age(file, now) > days)


def _put_aside(file: Path, days: int | None, now: datetime) -> None:
    """Give the audit's file another name once it is half as old as lines may get: services begin a new one, and the old
    one goes when its last line is old enough."""
    if days is None or not file.exists():
        return
    with file.open("rb") as opened:
        begun = opened.readline()[:40]
    aside = file.with_name(f"audit-{now:%Y-%m-%dT%H%M%S}.jsonl")
    limit = f"{now - timedelta(days=days / 2):%Y-%m-%d}".encode()
    if begun.startswith(b'{"time":"') and begun[9:19] < limit:
        file.rename(aside)


def _age(file: Path, now: datetime) -> float:
    """Days since a file changed."""
    return (now.replace(tzinfo=UTC).timestamp() - file.stat().st_mtime) / DAY
