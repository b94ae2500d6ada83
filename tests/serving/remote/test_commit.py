"""Stopped after any request, a commit leaves the old store or the new one at the remote, whole; never a half."""

import subprocess
import sys

import pytest

from features import whole_files
from features.places.conditional import Lost, Place
from serving.remote import check
from serving.remote.commit import Changed, _put
from serving.remote.head import Entry, object_key
from serving.remote.index import opened
from serving.remote.shared import shared
from serving.remote.sync import fetch, push

KILLED = """
import os, signal, sys
from pathlib import Path
from features.places.conditional import Place
from serving.remote.sync import push
left, ask = [int(sys.argv[3])], Place._ask
def counted(self, call):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return ask(self, call)
Place._ask = counted
push(Path(sys.argv[1]), sys.argv[2])
"""


def test_stopped_after_any_request_others_see_the_old_store_or_the_new_one(
    bucket, machine, snapshot, seen, asked, killed
):
    old, new = snapshot("x", "old") | {"snapshots/latest": "x"}, snapshot("y", "new") | {"snapshots/latest": "y"}
    ours = machine("a", old)
    push(ours, bucket.uri)
    machine("a", new)
    wanted = [{path: text.encode() for path, text in files.items()} for files in (old, old | new)]
    ends, stop = [], 0
    while not ends or ends[-1] != "done":
        asked.count, asked.stop = 0, stop
        try:
            push(ours, bucket.uri)
            ends.append("done")
        except killed:
            ends.append("killed")
        asked.stop = None
        other = machine(f"b{stop}")
        fetch(other, bucket.uri)
        assert seen(other) in wanted
        assert check.problems(bucket.uri) == []
        stop += 1
    assert ends.count("killed") >= 5
    assert seen(other) == wanted[1] == seen(ours)


def test_stopped_after_any_request_a_fetch_leaves_what_the_next_one_ends(
    bucket, machine, snapshot, seen, asked, killed
):
    ours, theirs = machine("a", snapshot("x", "old")), machine("b")
    push(ours, bucket.uri)
    fetch(theirs, bucket.uri)
    before = seen(theirs)
    push(machine("a", snapshot("y", "new")), bucket.uri)
    for stop in range(4):
        asked.count, asked.stop = 0, stop
        with pytest.raises(killed):
            fetch(theirs, bucket.uri)
        assert seen(theirs) == before
    asked.stop = None
    fetch(theirs, bucket.uri)
    assert seen(theirs) == seen(ours)


def test_a_process_that_is_killed_while_it_commits_harms_nobody(bucket, machine, snapshot, seen):
    ours, theirs = machine("a", snapshot("x", "old")), machine("b")
    push(ours, bucket.uri)
    machine("a", snapshot("y", "new") | {f"cards/v{number}.md": str(number) for number in range(6)})
    command = [sys.executable, "-c", KILLED, str(ours), bucket.uri, "5"]  # requests
    assert subprocess.run(command, capture_output=True).returncode == -9
    fetch(theirs, bucket.uri)
    assert len(seen(theirs)) == 2 and check.problems(bucket.uri) == []
    push(ours, bucket.uri)
    fetch(theirs, bucket.uri)
    assert seen(theirs) == seen(ours) and len(seen(theirs)) == 10


def test_an_answer_that_is_lost_on_its_way_is_no_second_commit(bucket, machine, snapshot, monkeypatch):
    store, swap = machine("a", snapshot("x", "old")), Place.swap

    def deaf(self, key, content, before):
        swap(self, key, content, before)
        if key == "head.json":
            raise Lost

    monkeypatch.setattr(Place, "swap", deaf)
    monkeypatch.setattr(Place, "check_conditions", lambda _: None)
    assert push(store, bucket.uri).number == 1
    assert push(store, bucket.uri).put == 0


def test_stopped_between_the_commit_and_its_note_the_next_is_no_conflict_with_oneself(
    bucket, machine, snapshot, killed, monkeypatch
):
    store = machine("a", snapshot("x", "old") | {"snapshots/latest": "x"})
    push(store, bucket.uri)
    machine("a", snapshot("y", "new") | {"snapshots/latest": "y"})
    with monkeypatch.context() as stopping:
        swap = Place.swap

        def stopped(self, *given):
            swap(self, *given)
            raise killed

        stopping.setattr(Place, "swap", stopped)
        with pytest.raises(killed):
            push(store, bucket.uri)
    machine("a", snapshot("z", "newer") | {"snapshots/latest": "z"})
    done = push(store, bucket.uri)
    assert (done.number, done.told) == (3, []) and (store / "snapshots/latest").read_text() == "z"


def test_objects_that_a_sweep_took_before_the_commit_are_put_again(bucket, machine, snapshot, monkeypatch):
    store = machine("a", snapshot("x", "old"))
    push(store, bucket.uri)
    left = machine("b", snapshot("y", "left"))
    machine("a", snapshot("y", "left"))
    files = opened(left).read(shared(left))
    objects = [object_key(one.sha256) for one in files.values()]
    for path, key in zip(files, objects, strict=True):
        bucket.write(key, (left / path).read_bytes())
    swap = Place.swap

    def swept(self, key, content, before):
        if key == "head.json":
            for one in objects:
                bucket.drop(one)
        return swap(self, key, content, before)

    monkeypatch.setattr(Place, "swap", swept)
    push(store, bucket.uri)
    assert check.problems(bucket.uri) == []


def test_a_fetch_that_was_stopped_between_two_files_is_no_change_of_ones_own(bucket, machine, killed, monkeypatch):
    ours, theirs = machine("a", {"verification/1": "1", "verification/2": "1", "cards/v": "1"}), machine("b")
    push(ours, bucket.uri)
    fetch(theirs, bucket.uri)
    push(machine("a", {"verification/1": "2", "verification/2": "2"}), bucket.uri)
    with monkeypatch.context() as stopping:
        write = whole_files.write

        def stopped(file, fill):
            write(file, fill)
            if file.parent.name == "verification":
                raise killed

        stopping.setattr(whole_files, "write", stopped)
        with pytest.raises(killed):
            fetch(theirs, bucket.uri)
    (ours / "cards/v").unlink()
    push(machine("a", {"verification/1": "3", "verification/2": "3"}), bucket.uri)
    fetch(theirs, bucket.uri)
    assert {file.name: file.read_text() for file in theirs.glob("[!.]*/*")} == {"1": "3", "2": "3"}


@pytest.mark.parametrize("size", [10, 9 << 20])
def test_bytes_other_than_those_of_the_hash_are_never_put(bucket, tmp_path, size):
    file = tmp_path / "file"
    file.write_bytes(b"x" * size)
    with pytest.raises(Changed):
        _put(Place(bucket.uri), file, Entry("0" * 64, size), always=False)
    assert bucket.names() == []
