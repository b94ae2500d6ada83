"""What this machine knows of the remote is of that remote alone, and is not believed when damaged."""

from features.places.conditional import Version
from serving.remote.base import Base, read, save
from serving.remote.head import Entry, Head


def test_a_head_is_remembered_for_its_own_remote(machine):
    store = machine("a")
    base = Base("s3://b/x", Head(2, "p", {"cards": "t"}, "me"), "s", Version("e", None), {"cards/v": Entry("h", 1, 2)})
    assert read(store, "s3://b/x").number == 0
    save(store, base)
    assert read(store, "s3://b/x") == base
    assert read(store, "s3://b/y") == Base("s3://b/y")
    file = store / ".remote/base.json"
    file.write_text(file.read_text().replace('"me"', '"us"'))
    assert read(store, "s3://b/x") == Base("s3://b/x")
