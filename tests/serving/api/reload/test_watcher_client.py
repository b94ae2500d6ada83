"""A scout that dies or hangs of a candidate costs the candidate, not the service."""

import json
import sys
import time

import pytest

from serving.api.reload import watcher_client as module
from serving.api.reload.watcher_client import Candidates

LOOKED = {"kind": "model", "looked": 1.0, "trouble": ""}


def script(*lines, end="sys.stdin.read()"):
    """A scout that says so, and then does as ``end`` says."""
    said = "\n".join(f"print({json.dumps(json.dumps(line))}, flush=True)" for line in lines)
    return f"import json, os, sys, time\ngiven = json.loads(sys.stdin.readline())\n{said}\n{end}"


@pytest.fixture
def found(base, monkeypatch):
    """found(script, …, take): Candidates that hear one scout after the other, the last one again and again."""
    made = []

    def make(*scripts, take=lambda kind, said: None):
        left = list(scripts)
        monkeypatch.setattr(
            module, "command", lambda: [sys.executable, "-c", left.pop(0) if len(left) > 1 else left[0]]
        )
        monkeypatch.setattr(module, "REST", (0.05,))
        made.append(Candidates(base.config, {"model": "", "snapshot": ""}, take))
        return made[-1]

    yield make
    for one in made:
        one.close()


def until(what, seconds=10.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def test_what_is_found_is_taken_and_what_is_refused_is_told(found):
    taken = []
    one = found(
        script(
            {"kind": "model", "found": "v1-a", "refused": "was changed"},
            {"kind": "snapshot", "found": "/store/snapshots/run-1", "folder": "x"},
            LOOKED,
        ),
        take=lambda kind, said: taken.append((kind, said["folder"])),
    )
    one.wait("model", 10)
    until(lambda: taken)
    assert taken == [("snapshot", "x")] and one.serving == {"model": "", "snapshot": "/store/snapshots/run-1"}
    assert one.status()["refused"] == {"model": {"name": "v1-a", "why": "was changed"}}


def test_a_good_one_after_a_bad_one_clears_what_is_told(found):
    one = found(script({"kind": "model", "found": "v1", "refused": "no"}, {"kind": "model", "found": "v2"}, LOOKED))
    until(lambda: one.serving["model"] == "v2")
    assert one.status()["refused"] == {}


def test_what_keeps_it_from_the_remote_is_told_and_goes_when_that_answers_again(found):
    trouble = {"kind": "remote", "looked": 1.0, "trouble": "cannot be reached"}
    one = found(script(trouble, LOOKED))
    one.wait("model", 10)
    assert one.status()["trouble"] == {"remote": "cannot be reached"}
    other = found(script(trouble, trouble | {"trouble": ""}, LOOKED))
    other.wait("model", 10)
    assert other.status()["trouble"] == {}


def test_a_candidate_that_the_scout_dies_of_is_refused_and_told_to_the_next_scout(found):
    last = "assert given['crashed'] == {'model': 'v2'}, given\n" + (
        "print(json.dumps({'kind': 'snapshot', 'found': 'run-1'}), flush=True)\nsys.stdin.read()"
    )
    one = found(script({"kind": "model", "trying": "v2"}, end="os.abort()"), script(end=last))
    until(lambda: one.serving["snapshot"] == "run-1")
    assert one.status()["refused"]["model"] == {"name": "v2", "why": "the process that tried it ended"}


def test_a_candidate_that_hangs_is_refused_after_a_while(found, monkeypatch):
    monkeypatch.setitem(module.PATIENCE, "model", 0.1)
    trying = ({"kind": "snapshot", "trying": "run-1"}, {"kind": "model", "trying": "v2"})
    one = found(script(*trying, end="time.sleep(60)"), script(LOOKED))
    until(lambda: one.refused)
    assert one.refused["model"].why == "it was not loaded within 0.1 seconds"
    assert "snapshot" not in one.refused and one._crashed == {"model": "v2"}


def test_a_candidate_that_fails_here_is_refused_and_the_others_go_on(found):
    def take(kind, said):
        if said["found"] == "v2":
            raise ValueError("ann@example.com")

    one = found(script({"kind": "model", "found": "v2"}, {"kind": "snapshot", "found": "run-1"}), take=take)
    until(lambda: one.serving["snapshot"])
    assert one.serving["model"] == "" and one.refused["model"].why == "it failed in the service (ValueError)"


def test_trouble_is_told_while_it_lasts(found, monkeypatch):
    one = found(script({"kind": "model", "looked": 1.0, "trouble": "registry gone"}))
    one.wait("model", 10)
    assert one.status()["trouble"] == {"model": "registry gone"}
    monkeypatch.setattr(module, "SILENT", -60.0)
    assert one.status()["trouble"] == dict.fromkeys(("model", "snapshot"), "no answer for a while")


def test_it_ends_with_the_service(found):
    one = found(script(LOOKED))
    one.wait("model", 10)
    process = one._process
    one.close()
    assert process.wait(5) is not None and not one._thread.is_alive()
