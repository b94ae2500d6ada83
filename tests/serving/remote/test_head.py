"""A head and its trees are of the same bytes for the same files, and nothing else is taken for one."""

import pytest

from features.errors import BadInput
from serving.remote.head import Entry, Head, read_head, read_tree, sha256_of, tree_of, trees


def test_a_head_and_its_trees_are_read_as_they_were_written():
    head = Head(3, ("2", "1"), {"cards": "1"}, "me")
    assert read_head(head.content, "s3://b") == head
    files = {"snapshots/x/manifest.json": Entry("a", 1, 5), "snapshots/latest": Entry("b", 2, 6)}
    made = trees(files)
    assert made == trees(dict(reversed(files.items())))
    assert made.keys() == {"snapshots", "snapshots/x"}
    found = {
        path: one for content in made.values() for path, one in read_tree(content, "s3://b", sha256_of(content)).items()
    }
    assert found == files and found["snapshots/latest"].mtime_ns == 6


@pytest.mark.parametrize(
    "path, folder",
    [
        ("suppressed.json", "."),
        ("snapshots/latest", "snapshots"),
        ("snapshots/x/boards/top.parquet", "snapshots/x"),
        ("layers/a.parquet", "layers"),
        ("mlartifacts/1/artifacts/a", "mlartifacts/1"),
    ],
)
def test_each_run_has_a_tree_of_its_own(path, folder):
    assert tree_of(path) == folder


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"version": 1}'])
def test_what_is_no_head_is_told_in_a_line(content):
    with pytest.raises(BadInput, match="s3://b/head.json: damaged"):
        read_head(content, "s3://b")


def test_a_head_of_a_later_holdfast_is_not_guessed_at():
    with pytest.raises(BadInput, match="of version 9; use a Holdfast as new"):
        read_head(b'{"version": 9}', "s3://b")


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b"])
def test_a_tree_that_leads_out_of_the_store_is_refused(path):
    content = trees({path: Entry("a", 1)}).popitem()[1]
    with pytest.raises(BadInput, match="damaged"):
        read_tree(content, "s3://b", sha256_of(content))
    with pytest.raises(BadInput, match="damaged"):
        read_tree(b"{}", "s3://b", "0" * 64)
