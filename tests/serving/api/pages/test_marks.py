"""What a kept page goes by changes with every place of the store that the page reads."""

import os
import time
from types import SimpleNamespace

import pytest

from serving.api.pages import marks

OLD = time.time() - 3600


@pytest.fixture
def view(tmp_path):
    """As much of one as is looked at; a run, and a job that has ended long ago."""
    for name in ("snapshots", "boards", "layers", "funnel", "verification", "jobs", "campaigns/one/exports"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("plan-1.lock", "plan-1.json", "plan-1.done.json"):
        (tmp_path / "jobs" / name).touch()
        os.utime(tmp_path / "jobs" / name, (OLD, OLD))
    request = SimpleNamespace(path_params={"run": "one"})
    return SimpleNamespace(config=SimpleNamespace(store_path=tmp_path), request=request)


@pytest.mark.parametrize(
    ("of", "place"),
    [
        (marks.boards, "snapshots/new"),
        (marks.boards, "boards/new"),
        (marks.boards, "layers/counts.parquet"),
        (marks.boards, "funnel/funnel.parquet"),
        (marks.verification, "verification/verified.json"),
        (marks.verification, "campaigns/two"),
        (marks.user, "snapshots/new"),
        (marks.user, "campaigns/two"),
        (marks.run, "campaigns/one/approval.json"),
        (marks.campaigns, "campaigns/one/approval.json"),
        (marks.campaigns, "campaigns/one/exports/first"),
    ],
)
def test_what_is_new_in_the_store_is_seen(view, of, place):
    for folder in sorted(view.config.store_path.rglob("*")):
        if folder.is_dir():
            os.utime(folder, (OLD, OLD))
    before = of(view)
    assert before is not None and before == of(view)
    (view.config.store_path / place).touch()
    assert of(view) != before


def test_a_receipt_that_is_written_into_an_export_is_seen(view):
    export = view.config.store_path / "campaigns/one/exports/first"
    export.mkdir()
    os.utime(export, (OLD, OLD))
    before = marks.campaigns(view)
    (export / "receipt.json").touch()
    assert before is not None and marks.campaigns(view) not in (None, before)


def test_nothing_is_kept_while_a_job_runs_or_has_just_ended(view):
    jobs = view.config.store_path / "jobs"
    assert marks.campaigns(view) is not None
    (jobs / "export-2.lock").touch()
    assert marks.campaigns(view) is None  # runs, or was lost
    (jobs / "export-2.done.json").touch()
    os.utime(jobs / "export-2.lock", (OLD, OLD))
    assert marks.campaigns(view) is None  # its lock may be held for an instant more
    os.utime(jobs / "export-2.done.json", (OLD, OLD))
    assert marks.campaigns(view) is not None
