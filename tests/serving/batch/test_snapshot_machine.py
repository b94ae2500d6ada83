"""Score, prune, look up, verify, in any order and killed in between: what readers are promised holds all the time."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from features import whole_files
from features.user_base import UserBase
from serving.batch import prune as pruning
from serving.batch import score as job
from serving.batch.listing import pointed_at, shelf
from serving.batch.prune import prune
from serving.batch.score import score
from serving.batch.snapshot import INPUTS, LATEST, MANIFEST, latest, open_snapshot, read_snapshot
from serving.batch.verify import verify

DATES = 2  # as-ofs: the end of the logs, and the day before: few, so that the same is often scored again
UNKNOWN = -1  # nobody's id
# A run in sixteen buckets makes 78 changes to the store; what readers see hangs on two of them.
MOMENTS = st.one_of(st.sampled_from([MANIFEST, LATEST]), st.integers(0, 77))


class Killed(BaseException):
    """The process is gone. It lets nobody clean up behind it, as SIGKILL does not."""


@contextmanager
def killed(store: Path, at: int | str) -> Iterator[None]:
    """Kill whoever works in the store before its change of that number, or just after it has written a file of that
    name: from then on nothing changes there.

    A removal of a folder is killed when it is half done. Locks are given back, as the operating system does.
    """
    done, dead = count(), False

    def dying(change):
        def changed(path, *given, **more):
            nonlocal dead
            path = Path(path)
            if store not in path.parents:
                return change(path, *given, **more)
            dead = dead or next(done) == at
            if not dead:
                answer = change(path, *given, **more)
                dead = bool(given) and Path(given[0]).name == at
                return answer
            if path.suffix == ".lock":
                return None  # the file stays
            if change is rmtree and path.is_dir():
                for file in sorted(path.iterdir())[1::2]:  # not the manifest: the worst half
                    with suppress(OSError):
                        unlink(file)
            raise Killed

        return changed

    rmtree, unlink = shutil.rmtree, Path.unlink
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "getpid", lambda: 1)  # it is another process than those that come after it
        for where, name in ((Path, "replace"), (Path, "rename"), (Path, "unlink"), (shutil, "rmtree")):
            patch.setattr(where, name, dying(getattr(where, name)))
        with suppress(Killed):
            yield


class Snapshots(RuleBasedStateMachine):
    """A store that is scored into, pruned and read. order: the finished snapshots, the oldest first."""

    def __init__(self, scored, expected, store) -> None:
        super().__init__()
        self.scored, self.expected, self.store = scored, expected, store
        self.order: list[str] = []
        self.latest: str | None = None
        self.held: list = []

    def rows(self, snapshot):
        """What should be in it: the whole base, scored at once."""
        return self.expected[snapshot.manifest["as_of"]]

    def there(self):
        return {entry.folder.name for entry in shelf(self.store)}

    def note(self):
        """Take what is there now for the model's state; returns what is new."""
        now = self.there()
        new = now - {*self.order}
        self.order = [run for run in self.order if run in now] + sorted(new)
        self.latest = pointed_at(self.store)
        return new

    @rule(date=st.integers(0, DATES - 1), fresh=st.booleans())
    def score(self, date, fresh):
        before, found = self.there(), self.scored(self.store, date, fresh)
        new = self.note()
        assert self.latest == found.run_id and before <= self.there()
        assert new == {found.run_id} - before and (new or not fresh)
        assert verify(found.folder).table().equals(self.rows(found))
        parts = [f"part-{digit}.{kind}" for digit in "0123456789abcdef" for kind in ("json", "parquet")]
        assert sorted(file.name for file in found.folder.iterdir()) == ["boards", INPUTS, MANIFEST, *parts]

    @precondition(lambda self: len(self.order) > 1)
    @rule()
    def score_the_oldest_again(self):
        """It is there, so it becomes the latest, older than others; unless a snapshot of an earlier date came or went,
        which says where users stood before: then it is another run."""
        at = read_snapshot(self.store / "snapshots" / self.order[0]).manifest["as_of"]
        before, found = self.there(), self.scored(self.store, list(self.expected).index(at))
        assert self.note() == {found.run_id} - before and self.there() >= before and self.latest == found.run_id

    @rule(date=st.integers(0, DATES - 1), fresh=st.booleans(), moment=MOMENTS)
    def score_killed(self, date, fresh, moment):
        before, old = self.there(), self.latest
        with killed(self.store, moment):
            self.scored(self.store, date, fresh)
        new = self.note()
        assert before <= self.there() and len(new) <= 1
        if self.latest != old:
            assert self.rows(latest(self.store)) is self.expected[list(self.expected)[date]]

    @rule(keep=st.integers(1, 2), late=st.booleans())
    def prune(self, keep, late):
        """late: what killed runs left is a day old by now."""
        self.age(late)
        stay, old = {*self.order[-keep:], self.latest} - {None}, self.latest
        planned = prune(self.store, keep, dry_run=True)
        assert self.there() == {*self.order}
        assert prune(self.store, keep) == planned
        self.note()
        assert self.latest == old and {*self.order} == stay
        if late and (folder := self.store / "snapshots").exists():
            assert {path.name for path in folder.iterdir()} - {"latest"} == stay

    @precondition(lambda self: len(self.order) > 1)
    @rule(late=st.booleans(), moment=st.integers(0, 3))
    def prune_killed(self, late, moment):
        self.age(late)
        stay, old = {self.order[-1], self.latest}, self.latest
        with killed(self.store, moment):
            prune(self.store, 1)
        new = self.note()
        assert self.latest == old and stay <= {*self.order} and not new
        for run in self.order:
            verify(self.store / "snapshots" / run)

    def age(self, late):
        pruning.DAY = -1.0 if late else 86_400.0

    @precondition(lambda self: self.latest)
    @rule(data=st.data())
    def look_up(self, data):
        snapshot = latest(self.store)
        self.same(snapshot, data)

    @precondition(lambda self: self.latest)
    @rule()
    def open_for_long(self):
        """A server that opens all parts, and keeps them."""
        snapshot = read_snapshot(self.store / "snapshots" / self.latest)
        snapshot.warm()
        self.held = [*self.held[-1:], snapshot]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def look_up_in_what_was_opened(self, data):
        """It reads on, also where the snapshot was pruned or scored afresh meanwhile."""
        self.same(data.draw(st.sampled_from(self.held)), data)

    def same(self, snapshot, data):
        rows = self.rows(snapshot)
        ids = rows["user_id"].to_pylist()
        users = data.draw(st.lists(st.sampled_from([*ids, UNKNOWN]), max_size=5), label="users")
        known = [user for user in dict.fromkeys(users) if user != UNKNOWN]
        assert snapshot.look_up(users).equals(rows.take(pa.array(map(ids.index, known), pa.int64())))

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def verify(self, data):
        snapshot = verify(self.store / "snapshots" / data.draw(st.sampled_from(self.order)))
        assert snapshot.table().equals(self.rows(snapshot))

    @invariant()
    def all_that_is_listed_can_be_opened(self):
        entries = shelf(self.store)
        assert [entry.problem for entry in entries if entry.problem] == []
        assert [entry.folder.name for entry in entries if entry.latest] == [self.latest] * bool(self.latest)

    @invariant()
    def once_there_is_a_latest_there_is_one_for_ever_and_it_is_whole(self):
        assert pointed_at(self.store) == self.latest
        if self.latest:
            snapshot = open_snapshot(self.store / "snapshots" / self.latest)
            assert sum(part["rows"] for part in snapshot.manifest["parts"]) == len(self.rows(snapshot))
            assert all(file.exists() for file in snapshot.each_file())

    def teardown(self):
        for run in self.order:
            assert verify(self.store / "snapshots" / run)
        shutil.rmtree(self.store, ignore_errors=True)


def once(work, key):
    """The work, done once for every key of its arguments."""
    kept = {}

    def remembered(*given):
        if (asked := key(*given)) not in kept:
            kept[asked] = work(*given)
        return kept[asked]

    return remembered


@pytest.fixture
def scored_by(base, light, monkeypatch):
    """scored_by(store, date, fresh, digits=1): the base scored into a store. Every bucket is worked out once: this is
    about files, not figures."""
    find = job._find
    monkeypatch.setattr(job, "_find", lambda *asked: lambda prefix: find(*asked)(prefix))  # nothing, until it is asked
    monkeypatch.setattr(job, "_rows", once(job._rows, lambda run, _, prefix: (run.as_of, prefix)))
    monkeypatch.setattr(job, "populations", once(job.populations, lambda *given: given[-2]))  # the as-of

    def run(store, date, fresh=False, digits=1):
        config = base.config.model_copy(update={"store": base.config.store.model_copy(update={"path": str(store)})})
        as_of = base.tables.observed_until - timedelta(days=date)
        return score(UserBase(config, base.con, base.tables), light, as_of, fresh, digits=digits)

    return run


def test_in_whatever_order_a_store_is_used_and_killed_its_promises_hold(scored_by, tmp_path, monkeypatch):
    whole = [scored_by(tmp_path / "whole", date, digits=0) for date in range(DATES)]
    expected = {one.manifest["as_of"]: one.table() for one in whole}
    assert not whole[0].table().equals(whole[1].table())  # or a mix-up of dates would not be seen
    monkeypatch.setattr(pruning, "DAY", pruning.DAY)
    monkeypatch.setattr(whole_files, "_flush", lambda _: None)  # processes die here, not the power
    stores = (tmp_path / f"store{number}" for number in count())
    run_state_machine_as_test(
        lambda: Snapshots(scored_by, expected, next(stores)),
        settings=settings(max_examples=30, stateful_step_count=12, deadline=None, print_blob=False),
    )
