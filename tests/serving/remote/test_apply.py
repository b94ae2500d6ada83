"""Files of the remote take their place once all are here and right, and in an order that no reader minds."""

import pytest

from features import whole_files
from features.errors import BadInput
from features.places.conditional import Place
from serving.remote.apply import Gone, bring, put_in_place
from serving.remote.head import Entry, object_key, sha256_of
from serving.remote.merge import Merged


@pytest.fixture
def stored(bucket):
    """stored(path=text): entries whose bytes are in the bucket."""

    def make(told: dict[str, str]) -> dict[str, Entry]:
        found = {path: Entry(sha256_of(text.encode()), len(text), 10**18) for path, text in told.items()}
        for path, text in told.items():
            bucket.write(object_key(found[path].sha256), text.encode())
        return found

    return make


def test_manifests_come_after_their_files_and_the_pointer_last(bucket, machine, stored, monkeypatch):
    store, order, write = machine("a"), [], whole_files.write
    wanted = stored(
        {"snapshots/latest": "x", "snapshots/x/manifest.json": "m", "snapshots/x/z.parquet": "same", "cards/v": "same"}
    )
    here = bring(Place(bucket.uri), store, wanted)
    monkeypatch.setattr(whole_files, "write", lambda file, fill: order.append(file.name) or write(file, fill))
    put_in_place(store, Merged(wanted, wanted), here)
    order = [name for name in order if name != "machine"]
    assert set(order[:2]) == {"v", "z.parquet"} and order[2:] == ["manifest.json", "latest"]
    assert (store / "cards/v").read_text() == (store / "snapshots/x/z.parquet").read_text() == "same"
    assert (store / "cards/v").stat().st_mtime_ns == 10**18


def test_wrong_bytes_are_one_clear_error_and_nothing_is_touched(bucket, machine, stored):
    store, wanted = machine("a"), stored({"cards/v1": "one"})
    (key,) = (object_key(one.sha256) for one in wanted.values())
    bucket.write(key, b"two")
    with pytest.raises(BadInput, match=f"{key}: holds other bytes than its name says"):
        bring(Place(bucket.uri), store, wanted)
    bucket.drop(key)
    with pytest.raises(Gone):
        bring(Place(bucket.uri), store, wanted)
    assert not (store / "cards").exists()


def test_a_run_that_went_goes_as_a_whole_and_a_single_file_alone(machine):
    store = machine("a", {"snapshots/x/manifest.json": "m", "snapshots/x/p": "p", "cards/v1": "1", "cards/v2": "2"})
    stays = {"cards/v2": Entry("2", 1)}
    put_in_place(store, Merged(stays, {}, {"snapshots/x/manifest.json", "snapshots/x/p", "cards/v1"}), {})
    assert [path.name for path in store.rglob("*") if path.is_file() and ".remote" not in path.parts] == ["v2"]
    assert not (store / "snapshots").exists() or not any((store / "snapshots").iterdir())
