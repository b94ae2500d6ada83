"""The flow between two snapshots adds up to the users of both."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from features.errors import BadInput
from features.user_base import UserBase
from serving.api.routes import stage_flow
from serving.batch.part import write_part
from serving.batch.score import score
from serving.batch.snapshot import finish


@pytest.fixture(scope="module")
def store(base, tmp_path_factory):
    """A store of its own, with the base's snapshot and one of ten days before."""
    path = tmp_path_factory.mktemp("store")
    shutil.copytree(base.snapshot.folder, path / "snapshots" / base.snapshot.run_id)
    config = base.config.model_copy(update={"store": base.config.store.model_copy(update={"path": str(path)})})
    score(UserBase(config, base.con, base.tables), base.model, base.tables.observed_until - timedelta(days=10))
    return path


@pytest.fixture(scope="module")
def pair(store, base):
    after = stage_flow.named(store, base.snapshot.run_id)
    return stage_flow.previous(store, after), after


def test_users_of_both_snapshots_are_counted_once(pair):
    old, new = (dict(zip(*one.table().select(["user_id", "stage"]).to_pydict().values(), strict=True)) for one in pair)
    expected = Counter((old.get(user), new.get(user)) for user in old.keys() | new.keys())
    moves = stage_flow.flow(*pair)
    assert {(before, after): users for before, after, users in moves} == expected
    assert any(before != after for before, after, _ in moves) and any(before is None for before, _, _ in moves)


def test_the_snapshot_before_is_that_of_the_date_before(store, pair):
    assert pair[0].manifest["as_of"] < pair[1].manifest["as_of"]
    assert stage_flow.previous(store, pair[0]) is None


@pytest.mark.parametrize("name", ["..", "../snapshots", "", "latest", "nothing"])
def test_a_name_is_no_path(store, name):
    assert stage_flow.named(store, name) is None


def test_a_snapshot_is_found_by_its_run(store, base):
    found = stage_flow.named(store, base.snapshot.run_id)
    assert found.manifest == base.snapshot.manifest


def test_snapshots_of_two_bases_do_not_compare(base, tmp_path):
    rows = pa.table({"user_id": ["a"], "stage": ["new"]})
    write_part(tmp_path / "snapshots" / "other", "all", rows)
    other = finish(tmp_path / "snapshots" / "other", {}, 0)
    with pytest.raises(BadInput, match="compare snapshots of one base"):
        stage_flow.flow(other, base.snapshot)


def test_a_snapshot_that_goes_while_it_is_read_is_told_and_not_an_error_of_the_service(
    store, pair, monkeypatch, tmp_path
):
    copy = shutil.copytree(pair[0].folder, tmp_path / "snapshots" / pair[0].run_id)
    files = list(stage_flow.open_snapshot(copy).each_file())
    shutil.rmtree(copy)
    monkeypatch.setattr(stage_flow.Snapshot, "each_file", lambda self: iter(files))  # the hash was right a moment ago
    monkeypatch.setattr(stage_flow, "open_snapshot", lambda folder: pair[0])
    with pytest.raises(BadInput, match="a part cannot be read any more"):
        stage_flow.flow(replace(pair[0], folder=copy), pair[1])
