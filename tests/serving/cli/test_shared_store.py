"""From the first score to an erasure with two machines and a bucket: each sees what the other did, by verbs alone."""

import shutil

import pyarrow.fs as pf
import pyarrow.parquet as pq
import pytest

from features.simulate import simulate
from serving.batch.snapshot import latest

TOML = """
[store]
path = "store"
remote = "{uri}/shared"
[tables.orders]
path = "../shop/orders"
[churn]
activity = ["orders"]
horizon_days = 30
[engine]
threads = 1
[contact.channels.app]
[[play]]
name = "winback"
all = ["eligible == true"]
kind = "care"
channels = ["app"]
holdout = 0.25
"""


@pytest.fixture
def machines(s3, needs, tmp_path):
    needs("obstore")
    simulate(tmp_path / "shop", 200, days=90)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "holdfast.toml").write_text(TOML.format(uri=s3.uri))
    return tmp_path / "a" / "holdfast.toml", tmp_path / "b" / "holdfast.toml"


def test_two_machines_share_a_store_by_verbs_alone(machines, holdfast, s3, monkeypatch, tmp_path):
    ours, theirs = machines

    def run(verb: str, file):
        done = holdfast(*verb.split(), "--config", file)
        assert done.code == 0, done.err
        return done.out

    run("score", ours)
    run("campaign plan --by ann", ours)
    name = latest(ours.with_name("store")).run_id
    assert name in run("snapshots list", theirs)
    assert "approved by bob" in run("campaign approve --by bob", theirs)
    assert holdfast("campaign", "approve", "--by", "cid", "--config", ours).err.count("approved already, by bob") == 1

    (part, *_) = sorted((theirs.with_name("store") / "snapshots" / name).glob("part-*.parquet"))
    user = str(pq.read_table(part)["user_id"][0].as_py())
    old = {one.path for one in s3.fs.get_file_info(pf.FileSelector(s3.bucket, recursive=True)) if one.is_file}
    run(f"erase --user {user}", ours)
    left = [one.path for one in s3.fs.get_file_info(pf.FileSelector(s3.bucket, recursive=True)) if one.is_file]
    assert len(old - set(left)) > 3
    for path in left:
        if s3.fs.open_input_stream(path).read(4) == b"PAR1":
            rows = pq.read_table(path, filesystem=s3.fs)
            assert "user_id" not in rows.column_names or user not in map(str, rows["user_id"].to_pylist())
    run("snapshots list", theirs)
    assert user not in map(str, latest(theirs.with_name("store")).table(["user_id"])["user_id"].to_pylist())
    for file in machines:
        assert "all as it was written" in run("store verify", file)

    shutil.rmtree(theirs.with_name("store"))
    assert "is at number" in run("store fetch", theirs)
    assert "pushed 0 objects" in run("store push", theirs)
    assert "no machine's store names" in run("store prune", theirs)
    refused = holdfast("store", "verify", "--mend", "--config", theirs)
    assert refused.code == 2 and "store fetch --theirs" in refused.err

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("features.places.conditional.WAIT", 1)
    refused = holdfast("snapshots", "list", "--config", theirs)
    assert refused.code == 2 and refused.err.count("\n") == 1 and "cannot be reached" in refused.err
    assert "never-to-be-told" not in refused.err and "AKIATESTED" not in refused.err


def test_a_store_without_a_remote_says_what_to_set(machines, holdfast):
    file, _ = machines
    file.write_text(TOML.replace('remote = "{uri}/shared"\n', ""))
    refused = holdfast("store", "push", "--config", file)
    assert refused.code == 2 and "[store] has no remote; set it to s3://bucket/folder" in refused.err
    file.write_text(TOML.replace("{uri}/shared", "/mnt/store"))
    refused = holdfast("store", "push", "--config", file)
    assert refused.code == 2 and "is no object storage; write s3://bucket/folder" in refused.err
