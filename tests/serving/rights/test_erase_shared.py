"""Who is erased on one machine is gone from the bucket and from every other machine, whatever those did meanwhile."""

import os

import pyarrow as pa
import pyarrow.fs as pf
import pyarrow.parquet as pq
import pytest

from features import suppressed
from features.config import load
from features.errors import BadInput
from serving.batch.verify import verify
from serving.remote.check import problems
from serving.remote.merge import ErasedElsewhere
from serving.remote.sync import fetch, push
from serving.rights.erase_shared import erase


@pytest.fixture
def machine(copy, needs, s3):
    """machine(): the configuration of a copy of the kept store, shared in a bucket."""
    needs("obstore")

    def make():
        config = copy()
        text = config.file.read_text().replace('path = "store"\n', f'path = "store"\nremote = "{s3.uri}/shared"\n')
        config.file.write_text(text)
        return load(config.file)

    return make


@pytest.fixture
def downloaded(s3, tmp_path):
    """downloaded(): a folder with every object that is in the bucket now."""

    def make():
        folder = tmp_path / "bucket"
        folder.mkdir()
        for one in s3.fs.get_file_info(pf.FileSelector(s3.bucket, recursive=True)):
            if one.is_file:
                content = s3.fs.open_input_stream(one.path).read()
                name = one.path.replace("/", "_") + (".parquet" if content[:4] == b"PAR1" else "")
                (folder / name).write_bytes(content)
        return folder

    return make


def test_after_an_erasure_the_bytes_are_gone_from_the_bucket_and_from_the_other_machine(
    machine, planted, traces, downloaded
):
    ours, theirs = machine(), machine()
    uri = ours.store_remote
    push(ours.store_path, uri)
    fetch(theirs.store_path, uri)
    done = erase(ours, planted.ids, planted.now)
    assert done.users == 4
    assert traces(downloaded()) == []
    fetch(theirs.store_path, uri)
    left = [name for name in traces(theirs.store_path) if not name.startswith(("work/", "snapshots/2026-01-04-unf"))]
    assert left == ["jobs/plan-1.log", "serving/audit.jsonl"][: len(left)]
    assert suppressed.read(theirs.store_path).holds(planted.ids[0])
    assert problems(uri) == []
    for folder in (theirs.store_path / "snapshots").glob("2026-01-0[23]*"):
        assert verify(folder).manifest["users"] == 36


def test_what_another_machine_made_meanwhile_is_fetched_and_they_are_erased_from_it_too(
    machine, planted, traces, downloaded
):
    ours, theirs = machine(), machine()
    uri = ours.store_remote
    push(ours.store_path, uri)
    fetch(theirs.store_path, uri)
    pq.write_table(pa.table({"user_id": planted.ids}), theirs.store_path / "layers" / "more.parquet")
    push(theirs.store_path, uri)
    erase(ours, planted.ids, planted.now)
    assert traces(downloaded()) == []
    assert problems(uri) == []


def test_what_was_made_without_knowing_of_an_erasure_is_not_pushed(machine, planted, traces, downloaded):
    ours, theirs = machine(), machine()
    uri = ours.store_remote
    push(ours.store_path, uri)
    fetch(theirs.store_path, uri)
    erase(ours, planted.ids, planted.now)
    snapshot = theirs.store_path / "snapshots" / "2026-01-04-late"
    snapshot.mkdir()
    pq.write_table(pa.table({"user_id": planted.ids}), snapshot / "part-all.parquet")
    (snapshot / "manifest.json").write_text("{}")
    with pytest.raises(ErasedElsewhere, match="2026-01-04-late/manifest.json: made while somebody was erased"):
        push(theirs.store_path, uri)
    assert traces(downloaded()) == []
    fetch(theirs.store_path, uri, theirs=True)
    assert not snapshot.exists()


def test_an_erasure_that_cannot_reach_the_remote_goes_on_when_it_is_told_again(
    machine, planted, traces, downloaded, monkeypatch
):
    ours = machine()
    push(ours.store_path, ours.store_remote)
    known = os.environ["AWS_ENDPOINT_URL"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(BadInput, match="cannot be reached"):
        erase(ours, planted.ids, planted.now)
    monkeypatch.setenv("AWS_ENDPOINT_URL", known)
    erase(ours, planted.ids[:1], planted.now)
    assert traces(downloaded()) == []
