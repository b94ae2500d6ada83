"""Two machines and one remote: the same store on both, whoever was first, and nothing of either is lost."""

import os
import shutil

import pytest

from features import suppressed
from features.errors import BadInput
from features.places.conditional import Place
from serving.remote.head import Head
from serving.remote.merge import Conflict
from serving.remote.sync import fetch, push
from training.mlflow_place import DATABASE


def test_another_folder_gets_the_same_store_to_the_byte_and_the_time(copy, bucket, machine):
    ours, theirs = copy().store_path, machine("b")
    done = push(ours, bucket.uri)
    assert done.number == 1 and done.put > 20
    assert fetch(theirs, bucket.uri).taken >= done.put
    left_out = {"snapshots/2026-01-04-unfinished", "work", ".remote", "serving", "jobs"}

    def look(store):
        return {
            path.as_posix(): ((store / path).read_bytes(), (store / path).stat().st_mtime_ns)
            for path in (file.relative_to(store) for file in store.rglob("*") if file.is_file())
            if not any(path.as_posix().startswith(one) for one in left_out) and path.suffix != ".lock"
        }

    assert look(theirs) == look(ours)
    (audit,) = (theirs / "serving").iterdir()
    assert audit.read_bytes() == (ours / "serving/audit.jsonl").read_bytes()
    assert not (theirs / "snapshots/2026-01-04-unfinished").exists()


def test_what_did_not_change_costs_one_request_and_nothing_is_found_by_listing(
    bucket, machine, snapshot, asked, monkeypatch
):
    monkeypatch.setattr(Place, "listed", lambda *_: pytest.fail("eventual listings are not to be trusted"))
    ours, theirs = machine("a", snapshot("x", "one") | {"snapshots/latest": "x"}), machine("b")
    push(ours, bucket.uri)
    fetch(theirs, bucket.uri)
    asked.count = 0
    assert push(ours, bucket.uri).put == fetch(theirs, bucket.uri).taken == 0
    assert asked.count == 2


@pytest.mark.parametrize("first", ["a", "b"])
def test_who_commits_first_has_the_latest_and_both_snapshots_stay(bucket, machine, snapshot, seen, first):
    stores = {name: machine(name) for name in ("a", "b")}
    push(machine("a", snapshot("x", "begin") | {"snapshots/latest": "x"}), bucket.uri)
    fetch(stores["b"], bucket.uri)
    for name in stores:
        machine(name, snapshot(f"of-{name}", name) | {"snapshots/latest": f"of-{name}"})
    second = "b" if first == "a" else "a"
    assert push(stores[first], bucket.uri).told == []
    assert "committed first" in " ".join(push(stores[second], bucket.uri).told)
    fetch(stores[first], bucket.uri)
    assert seen(stores["a"]) == seen(stores["b"])
    assert (stores["a"] / "snapshots/latest").read_text() == f"of-{first}"
    assert {one.name for one in (stores["b"] / "snapshots").iterdir()} == {"x", "of-a", "of-b", "latest"}


def test_a_commit_that_another_overtakes_is_merged_and_tried_again(bucket, machine, snapshot, seen, monkeypatch):
    ours, theirs = machine("a", snapshot("x", "one")), machine("b", snapshot("y", "two"))
    swap, once = Place.swap, []

    def overtaken(self, key, content, before):
        if key == "head.json" and not once:
            once.append(True)
            push(theirs, bucket.uri)
        return swap(self, key, content, before)

    monkeypatch.setattr(Place, "swap", overtaken)
    assert push(ours, bucket.uri).number == 2
    fetch(theirs, bucket.uri)
    assert seen(ours) == seen(theirs) and len(seen(ours)) == 4


def test_others_who_are_always_faster_end_in_one_line(bucket, machine, snapshot, monkeypatch):
    push(machine("a", snapshot("x", "one")), bucket.uri)
    monkeypatch.setattr("serving.remote.sync.TRIES", 2)
    read = Place.get

    def swap(self, key, content, before):
        from features.places.conditional import Lost

        raise Lost

    monkeypatch.setattr(Place, "swap", swap)
    with pytest.raises(BadInput, match="others committed 2 times .* 'holdfast store push'"):
        push(machine("a", snapshot("y", "two")), bucket.uri)
    assert Place.get is read


def test_suppressions_and_audits_of_both_machines_are_kept(bucket, machine):
    ours, theirs = machine("a"), machine("b")
    suppressed.add(ours, ["ann"])
    push(ours, bucket.uri)
    fetch(theirs, bucket.uri)
    for store, name in ((ours, "bob"), (theirs, "cid")):
        suppressed.add(store, [name])
        machine(store.parent.name, {"serving/audit.jsonl": f"{name} looked\n"})
    push(ours, bucket.uri)
    push(theirs, bucket.uri)
    fetch(ours, bucket.uri)
    for store in (ours, theirs):
        assert all(suppressed.read(store).holds(name) for name in ("ann", "bob", "cid"))
        told = sorted(file.read_text() for file in (store / "serving").glob("audit*.jsonl"))
        assert told == ["bob looked\n", "cid looked\n"]


def test_what_was_removed_there_goes_here_and_a_part_that_was_damaged_here_comes_back(bucket, machine, snapshot, seen):
    ours, theirs = machine("a", snapshot("x", "one") | snapshot("y", "two")), machine("b")
    push(ours, bucket.uri)
    fetch(theirs, bucket.uri)
    shutil.rmtree(ours / "snapshots/x")
    push(ours, bucket.uri)
    part = theirs / "snapshots/y/part-all.parquet"
    part.write_text("half")
    told = push(theirs, bucket.uri).told
    assert told == ["snapshots/y: was damaged here, and is as it was again"]
    assert seen(theirs) == seen(ours) and not (theirs / "snapshots/x").exists()


def test_both_changed_is_refused_by_name_and_theirs_can_be_taken(bucket, machine):
    ours, theirs = machine("a", {"verification/one.json": "begin"}), machine("b")
    push(ours, bucket.uri)
    fetch(theirs, bucket.uri)
    push(machine("a", {"verification/one.json": "ours"}), bucket.uri)
    machine("b", {"verification/one.json": "theirs", "verification/two.json": "theirs alone"})
    with pytest.raises(Conflict, match=r"verification/one.json: changed here .* 'holdfast store fetch --theirs'"):
        push(theirs, bucket.uri)
    assert (theirs / "verification/one.json").read_text() == "theirs"
    told = fetch(theirs, bucket.uri, theirs=True).told
    assert told == ["verification: dropped what this machine had changed"]
    assert {file.name: file.read_text() for file in (theirs / "verification").iterdir()} == {"one.json": "ours"}


def test_theirs_mends_what_no_stamp_shows(bucket, machine, snapshot):
    store = machine("a", snapshot("x", "one"))
    push(store, bucket.uri)
    part = store / "snapshots/x/part-all.parquet"
    before = part.stat()
    with part.open("r+b") as opened:
        opened.write(b"R")
    os.utime(part, ns=(before.st_atime_ns, before.st_mtime_ns))
    fetch(store, bucket.uri, theirs=True)
    assert part.read_text() == "rows one"


def test_a_registry_goes_along_wherever_the_other_store_lies(bucket, machine):
    import sqlite3

    ours, theirs = machine("a"), machine("elsewhere/far")
    for store in (ours, theirs):
        with sqlite3.connect(store / DATABASE) as database:
            database.execute("CREATE TABLE runs (artifact_uri TEXT)")
            database.execute("INSERT INTO runs VALUES (?)", (f"{ours.as_uri()}/mlartifacts/1",))
        if store == ours:
            push(ours, bucket.uri)
            (theirs / DATABASE).unlink(missing_ok=True)
            fetch(theirs, bucket.uri)
            break
    with sqlite3.connect(theirs / DATABASE) as database:
        assert database.execute("SELECT * FROM runs").fetchall() == [(f"{theirs.as_uri()}/mlartifacts/1",)]
    assert push(theirs, bucket.uri).put == 0


def test_with_a_server_for_models_the_registry_stays_out_of_the_remote(bucket, machine, monkeypatch):
    store = machine("a", {"mlartifacts/1/model": "bundle"})
    push(store, bucket.uri)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server")
    other = machine("b", {"cards/v1.md": "card"})
    push(other, bucket.uri)
    assert not (other / "mlartifacts").exists()
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    fetch(store, bucket.uri)
    assert (store / "mlartifacts/1/model").exists() and (store / "cards/v1.md").exists()


def test_a_tree_that_names_a_services_keys_is_refused(bucket, machine, snapshot, monkeypatch):
    with monkeypatch.context() as loose:
        loose.setattr("serving.remote.shared.AUDITS", "serving/*")
        push(machine("a", snapshot("x", "one") | {"serving/pages.secret": "known to an attacker"}), bucket.uri)
    other = machine("b", {"serving/pages.secret": "own"})
    with pytest.raises(BadInput, match="names 'serving/pages.secret', which no store shares"):
        fetch(other, bucket.uri)
    assert (other / "serving/pages.secret").read_text() == "own" and not (other / "snapshots").exists()


def test_a_head_that_is_gone_or_went_back_is_told_before_anything_is_done(bucket, machine, snapshot):
    store = machine("a", snapshot("x", "one"))
    push(store, bucket.uri)
    old = bucket.read("head.json")
    push(machine("a", snapshot("y", "two")), bucket.uri)
    bucket.write("head.json", old)
    with pytest.raises(BadInput, match="is number 1, and this machine was at 2"):
        push(store, bucket.uri)
    bucket.drop("head.json")
    with pytest.raises(BadInput, match="is gone, and was number 2"):
        fetch(store, bucket.uri)
    bucket.write("head.json", b"{}")
    with pytest.raises(BadInput, match=r"head.json: damaged; bring it back"):
        fetch(store, bucket.uri)
    assert Head(1, (), {}, "").content != old and (store / "snapshots/y").exists()
