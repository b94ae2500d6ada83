"""A file that did not change is not read again, and one that did always is."""

import os

from features import whole_files
from serving.remote.index import opened
from serving.remote.shared import shared


def settled(file):
    """As if it had been written a while ago."""
    os.utime(file, ns=(file.stat().st_mtime_ns - 10**9,) * 2)


def test_what_did_not_change_is_not_read_again(machine, monkeypatch):
    store = machine("a", {"cards/v1.md": "one", "cards/v2.md": "two"})
    for file in (store / "cards").iterdir():
        settled(file)
    index = opened(store)
    first = index.read(shared(store))
    index.save()
    read = []
    monkeypatch.setattr(whole_files, "sha256", lambda file: read.append(file.name) or "new")
    assert opened(store).read(shared(store)) == first and read == []
    (store / "cards/v2.md").write_text("owt")
    assert opened(store).read(shared(store))["cards/v2.md"].sha256 == "new" and read == ["v2.md"]
    opened(store, afresh=True).read(shared(store))
    assert sorted(read) == ["v1.md", "v2.md", "v2.md"]


def test_a_file_that_was_just_written_is_read_again_for_it_may_change_within_one_tick(machine):
    store = machine("a", {"cards/v1.md": "one"})
    index = opened(store)
    index.read(shared(store))
    assert index.known == {}


def test_an_audit_is_pushed_from_a_copy_of_the_moment_it_was_hashed(machine):
    store = machine("a", {"serving/audit.jsonl": "one\n"})
    index = opened(store)
    ((path, entry),) = index.read(shared(store)).items()
    with (store / "serving/audit.jsonl").open("a") as opened_again:
        opened_again.write("two\n")
    assert whole_files.sha256(index.source(path)) == entry.sha256
