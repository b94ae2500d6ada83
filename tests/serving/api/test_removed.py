"""Snapshots that are removed while they are read: whoever asks gets an answer or a refusal, never an error of ours."""

import shutil
import time
from collections import Counter
from dataclasses import replace
from threading import Event, Thread

import pytest

from serving.batch.prune import prune
from serving.batch.snapshot import open_snapshot, publish


@pytest.fixture
def store(inside, base, tmp_path, monkeypatch):
    """A store of the test's own that the service reads, with the base's snapshot as the latest."""
    from serving.api.service import READS

    shutil.copytree(base.snapshot.folder, tmp_path / "snapshots" / base.snapshot.run_id)
    snapshot = publish(tmp_path / "snapshots" / base.snapshot.run_id)
    live = READS.state.live
    current = live.current()
    config = base.config.model_copy(update={"store": base.config.store.model_copy(update={"path": str(tmp_path)})})
    moved = replace(current, snapshot=snapshot, predictor=Moved(config, current.predictor))
    monkeypatch.setattr(live, "_current", moved)
    return tmp_path, live


class Moved:
    """The predictor, whose store is another."""

    def __init__(self, config, predictor):
        self.config, self._predictor = config, predictor

    def __getattr__(self, name):
        return getattr(self._predictor, name)


def test_removing_what_is_read_is_no_error_of_the_service(inside, store, base, rows):
    path, _ = store
    run, over, failures = base.snapshot.run_id, Event(), []

    def come_and_go():
        number = 0
        try:
            while not over.is_set():
                number += 1
                made = shutil.copytree(path / "snapshots" / run, path / "snapshots" / f"2001-01-01-{number:010x}")
                names.append(made.name)
                if number % 3 == 0:
                    shutil.rmtree(made)  # by hand, in no good order
                elif number % 3 == 1:
                    prune(path, 0)
                time.sleep(0.002)
        except Exception as error:
            failures.append(error)

    names = [run]
    thread = Thread(target=come_and_go)
    thread.start()
    found = Counter()
    end = time.monotonic() + 6
    try:
        while time.monotonic() < end:
            name = names[-1]
            asked = ("/v1/stages/flow", f"/v1/stages/flow?from={name}", f"/v1/stages/flow?to={name}", "/v1/stages")
            for one in (*asked, f"/v1/users/{rows[0]['user_id']}", "/v1/model"):
                status, answer = inside.ask(one)
                found[status, answer.get("code")] += 1
    finally:
        over.set()
        thread.join()
    assert failures == [] and {status for status, _ in found} <= {200, 404, 503}, found
    assert found[200, None] > 10 and len(names) > 10


@pytest.mark.parametrize("removed", ["before anybody was looked up", "after its parts were opened"])
def test_the_snapshot_that_is_served_may_go(inside, store, base, rows, monkeypatch, removed):
    path, live = store
    copy = shutil.copytree(path / "snapshots" / base.snapshot.run_id, path / "snapshots" / "2001-01-01-0123456789")
    snapshot = open_snapshot(copy)
    if removed.startswith("after"):
        snapshot.warm()
    shutil.rmtree(copy)
    monkeypatch.setattr(live, "_current", replace(live.current(), snapshot=snapshot))
    user, due = rows[0]["user_id"], 200 if removed.startswith("after") else 503
    assert inside.ask(f"/v1/users/{user}")[0] == inside.ask("/v1/score", {"user_ids": [user]})[0] == due
    assert inside.ask("/v1/stages")[0] == 200
    status, answer = inside.ask("/v1/stages/flow")
    assert (status, answer["code"]) in ((503, "unreadable"), (404, "no_snapshot_before"))


def test_a_model_whose_card_is_removed_is_told_without_it(inside, store):
    status, answer = inside.ask("/v1/model")
    assert (status, answer["card"]) == (200, None)
