"""What two machines added to one file is in it afterwards, and what was erased from it stays erased."""

import pytest

from features import suppressed
from features.errors import BadInput
from serving.remote.united import GONE, is_united, unite

LINE = '{"subject": "%s"}\n'


@pytest.fixture
def files(tmp_path):
    def make(ours: str, theirs: str):
        for name, text in (("ours", ours), ("theirs", theirs)):
            (tmp_path / name).write_text(text)
        return tmp_path / "ours", tmp_path / "theirs"

    return make


def test_lines_of_both_are_kept_and_an_erasure_on_either_counts(files):
    ann, bob, gone = LINE % ("a" * 64), LINE % ("b" * 64), LINE % GONE.decode()
    ours, theirs = files(ann + gone + "ours\n", gone + bob)
    unite("serving/audit.1.jsonl", ours, theirs)
    assert ours.read_text() == gone + gone + "ours\n"
    ours, theirs = files(ann, gone + "theirs\n")
    unite("serving/audit.1.jsonl", ours, theirs)
    assert ours.read_text() == gone + "theirs\n"


def test_two_machines_of_one_name_are_told_apart(files):
    with pytest.raises(BadInput, match="two machines call themselves the same"):
        unite("serving/audit.1.jsonl", *files("one\n", "two\n"))


def test_suppressions_are_united_and_other_salts_refused(tmp_path):
    ours, theirs = tmp_path / "a", tmp_path / "b"
    for store in (ours, theirs):
        store.mkdir()
    suppressed.add(ours, ["ann"])
    (theirs / suppressed.FILE).write_bytes((ours / suppressed.FILE).read_bytes())
    suppressed.add(ours, ["bob"])
    suppressed.add(theirs, ["cid"])
    unite(suppressed.FILE, ours / suppressed.FILE, theirs / suppressed.FILE)
    assert all(suppressed.read(ours).holds(one) for one in ("ann", "bob", "cid"))
    (theirs / suppressed.FILE).unlink()
    suppressed.add(theirs, ["dan"])
    with pytest.raises(BadInput, match="did not know of each other"):
        unite(suppressed.FILE, ours / suppressed.FILE, theirs / suppressed.FILE)
    assert [one for one in ("suppressed.json", "serving/audit.1.jsonl", "cards/a") if is_united(one)] == [
        "suppressed.json",
        "serving/audit.1.jsonl",
    ]
