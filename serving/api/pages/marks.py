"""What tells that the places of the store which a page reads have changed: when each last did."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from serving.api.pages.view import View
from serving.campaigns.receipts import EXPORTS
from serving.campaigns.run import CAMPAIGNS
from serving.jobs.jobs import FOLDER as JOBS
from serving.verification.verified_file import FILE as VERIFIED

PLACES = ("snapshots", "boards", "layers/counts.parquet", "funnel/funnel.parquet", "monitoring/latest.json")
QUARTER = 900  # seconds: a day begins at such a quarter in every zone
SETTLED = 5_000_000_000  # nanoseconds after which a job that wrote its end has let go of its lock
Marks = tuple[tuple[str, int], ...]


def boards(view: View) -> Marks:
    """Of snapshots, boards made anew, layers, whose counts are written last, the funnel and monitoring."""
    return tuple((name, _stamp(view.config.store_path / name)) for name in PLACES)


def user(view: View) -> Marks:
    """Of snapshots, and of runs, which tell what they decided about the user."""
    return (*boards(view), *_within(view.config.store_path / CAMPAIGNS))


def run(view: View) -> Marks:
    """Of the one run whose users are shown: its folder, where nothing that they follow from ever changes."""
    folder = view.config.store_path / CAMPAIGNS / view.request.path_params["run"]
    return (("", _stamp(folder)),)


def campaigns(view: View) -> Marks | None:
    """Of runs with their approvals and exports, of jobs, and the quarter of an hour, for the page shows days to come;
    None while a job may run, which can end without a word."""
    store = view.config.store_path
    jobs = dict(_within(store / JOBS))
    open_ = any(f"{name.removesuffix('.lock')}.done.json" not in jobs for name in jobs if name.endswith(".lock"))
    if open_ or time.time_ns() - max(jobs.values(), default=0) < SETTLED:
        return None
    runs = tuple(_within(store / CAMPAIGNS))
    exports = tuple(one for name, _ in runs for one in _within(store / CAMPAIGNS / name / EXPORTS))
    return (("quarter", int(time.time() // QUARTER)), *jobs.items(), *runs, *exports)


def verification(view: View) -> Marks | None:
    """Of what was found last, and all that ``campaigns`` goes by, which tells what is not due yet."""
    others = campaigns(view)
    return None if others is None else (*others, ("", _stamp(view.config.store_path / VERIFIED)))


def _within(folder: Path) -> Iterator[tuple[str, int]]:
    """The entries of a folder in the order of their names; none where it is not there."""
    try:
        found = sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError:
        return
    for one in found:
        try:
            yield one.name, one.stat().st_mtime_ns
        except OSError:  # taken away meanwhile
            yield one.name, 0


def _stamp(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return 0
