"""A snapshot with a challenger: what programs read stays as it is, and the challenger's files belong to it."""

import shutil
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from features.errors import BadInput
from features.user_base import UserBase
from serving.batch import score as job
from serving.batch.challenger import kept
from serving.batch.snapshot import read_snapshot
from serving.batch.verify import verify
from serving.rights.people import People
from serving.rights.snapshots import erase_from_snapshot
from training.tracking import Challenger, Version


@pytest.fixture(scope="module")
def rival(base):
    """The base's model with other risk bands, and with half its features named in another order of learning."""
    bundle = replace(base.model.bundle, risk_quantiles=tuple(np.sqrt(base.model.bundle.risk_quantiles)))
    return Challenger(Version("9", "", bundle), datetime(2025, 12, 1))


@pytest.fixture(scope="module")
def shadowed(base, rival, tmp_path_factory):
    """The base scored by both in two digits' buckets, in a store of its own."""
    store = base.config.store.model_copy(update={"path": str(tmp_path_factory.mktemp("shadowed"))})
    mine = UserBase(base.config.model_copy(update={"store": store}), base.con, base.tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "write_boards", lambda *_: {"made": {}, "missing": {}})
        yield job.score(mine, base.model, digits=1, challenger=rival)


def test_the_snapshot_itself_is_the_champions_and_the_challenger_stands_beside(base, shadowed, rival):
    assert shadowed.table().equals(base.snapshot.table())
    about, theirs = shadowed.manifest["challenger"], kept.rows(shadowed.folder, shadowed.manifest)
    assert (about["model"], about["since"]) == (rival.version.name, "2025-12-01T00:00:00")
    scored = shadowed.table(["user_id", "eligible", "churn_risk"])
    scored = scored.filter(scored["eligible"])
    assert theirs.sort_by("user_id")["churn_risk"].to_pylist() == scored["churn_risk"].to_pylist()
    agree = about["agreement"]
    assert agree["users"] == len(scored) and agree["rank"] == pytest.approx(1, abs=1e-3) and agree["same_band"] < 1
    assert kept.rows(base.snapshot.folder, base.snapshot.manifest) is None
    verify(shadowed.folder)


def test_a_file_of_the_challenger_that_is_damaged_or_gone_is_told(shadowed, tmp_path):
    folder = tmp_path / shadowed.run_id
    shutil.copytree(shadowed.folder, folder)
    file = kept.files(folder, shadowed.manifest)[3]
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BadInput, match="challenger-3.parquet: damaged or not there"):
        verify(folder)
    record = {"challenger": shadowed.manifest["challenger"]["parts"][3]}
    assert not kept.finished(folder, "3", record, object()) and kept.finished(folder, "3", {}, None)
    file.unlink()
    with pytest.raises(BadInput, match="challenger-3.parquet: damaged or not there"):
        kept.rows(folder, shadowed.manifest)


def test_who_is_erased_is_gone_from_the_challengers_files_too(shadowed, tmp_path):
    folder = tmp_path / shadowed.run_id
    shutil.copytree(shadowed.folder, folder)
    users = kept.rows(folder, shadowed.manifest)["user_id"].to_pylist()
    gone = users[::7]
    erase_from_snapshot(folder, People(tuple(map(str, gone))), "2026-01-04")
    left = verify(folder)
    assert sorted(kept.rows(folder, left.manifest)["user_id"].to_pylist()) == sorted(set(users) - set(gone))
    assert left.manifest["challenger"]["agreement"]["users"] == len(users) - len(gone)
    assert read_snapshot(folder).manifest["eligible"] == len(users) - len(gone)
