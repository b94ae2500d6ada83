"""A service sees what others commit, and shows them what is decided on it, for one request a look."""

from types import SimpleNamespace

from serving.remote.follow import Follower
from serving.remote.sync import fetch, push


def test_a_look_costs_one_request_and_brings_a_new_head_and_in_time_pushes(bucket, machine, snapshot, asked):
    ours, theirs = machine("a", snapshot("x", "one")), machine("b")
    push(ours, bucket.uri)
    clock = SimpleNamespace(now=0.0)
    config = SimpleNamespace(store_remote=bucket.uri, store_path=theirs)
    follower = Follower(config, rest=30, clock=lambda: clock.now)
    assert follower.look() and (theirs / "snapshots/x/manifest.json").exists()
    asked.count = 0
    assert not follower.look() and asked.count == 1
    push(machine("a", snapshot("y", "two")), bucket.uri)
    assert follower.look() and (theirs / "snapshots/y/manifest.json").exists()
    machine("b", {"campaigns/r/manifest.json": "m", "campaigns/r/approval.json": "ann"})
    assert not follower.look()
    clock.now = 31.0
    assert follower.look()
    fetch(ours, bucket.uri)
    assert (ours / "campaigns/r/approval.json").exists()


def test_without_a_remote_nothing_is_asked():
    assert not Follower(SimpleNamespace(store_remote=None, store_path=None)).look()
