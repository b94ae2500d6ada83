"""What this machine knows of the remote is of that remote alone, and is not believed when damaged."""

from features.places.conditional import Version
from serving.remote.base import Base, intend, read, save, settled
from serving.remote.head import Entry, Head


def test_a_head_is_remembered_for_its_own_remote(machine):
    store = machine("a")
    base = Base(
        "s3://b/x", Head(2, ("p",), {"cards": "t"}, "me"), "s", Version("e", None), {"cards/v": Entry("h", 1, 2)}
    )
    assert read(store, "s3://b/x").number == 0
    save(store, base)
    assert read(store, "s3://b/x") == base
    assert read(store, "s3://b/y") == Base("s3://b/y")
    file = store / ".remote/base.json"
    file.write_text(file.read_text().replace('"me"', '"us"'))
    assert read(store, "s3://b/x") == Base("s3://b/x")


def test_a_commit_of_which_the_end_was_not_noted_is_known_as_ones_own(machine):
    store = machine("a")

    def base(number: int, sha256: str, *parents: str) -> Base:
        return Base("s3://b/x", Head(number, parents, {}, "me"), sha256, Version("e", None))

    before, meant = base(1, "one"), base(2, "two", "one")
    save(store, before)
    intend(store, meant)
    assert settled(store, before, base(2, "two", "one")) == meant
    assert settled(store, before, base(4, "four", "three", "two", "one")) == meant
    assert settled(store, before, base(2, "another's", "one")) == before
    save(store, meant)
    assert settled(store, before, base(2, "two", "one")) == before
