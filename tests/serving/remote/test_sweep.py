"""What no head names goes once it is old; what an erasure took away goes at once, even if it is stopped."""

from datetime import timedelta

import pytest

from serving.remote import sweep as sweeping
from serving.remote.check import problems
from serving.remote.sweep import erased, sweep, sweep_erased
from serving.remote.sync import push


def test_what_a_killed_commit_left_goes_when_it_is_a_day_old(bucket, machine, snapshot, monkeypatch):
    store = machine("a", snapshot("x", "one"))
    push(store, bucket.uri)
    before = bucket.names()
    bucket.write("objects/ab/left", b"left")
    assert sweep(store, bucket.uri) == 0 and "objects/ab/left" in bucket.names()
    monkeypatch.setattr(sweeping, "AGE", -timedelta(days=1))
    assert sweep(store, bucket.uri) == 1 and bucket.names() == before
    assert problems(bucket.uri) == []


def test_what_an_erasure_took_away_goes_at_once_also_where_it_was_stopped(
    bucket, machine, snapshot, asked, killed, traces
):
    store = machine("a", snapshot("x", "ann") | {"cards/v1": "stays"})
    push(store, bucket.uri)
    before = set(bucket.names())
    machine("a", snapshot("x", "nobody"))
    erased(store, bucket.uri)
    push(store, bucket.uri)
    asked.count, asked.stop = 0, 2
    with pytest.raises(killed):
        sweep_erased(store, bucket.uri)
    asked.stop = None
    assert before - set(bucket.names()) == set()
    sweep_erased(store, bucket.uri)
    gone = before - set(bucket.names())
    assert len(gone) == 3  # two files and their tree
    assert all(b"ann" not in bucket.read(key) for key in bucket.names() if key.startswith("objects/"))
    assert problems(bucket.uri) == [] and not (store / ".remote/unswept.json").exists()
