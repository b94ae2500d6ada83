"""A service whose users have ids that no number could be taken for, with campaign runs in a store of its own."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import pyarrow as pa
import pytest

from serving.batch.snapshot import Snapshot
from serving.campaigns.run import Run
from serving.scoring.bucket import bucket
from tests.serving.api import campaign_world

USERS = [f"user/{n}#x" for n in range(400)]


@dataclass
class Served:
    """What is served: the configuration, the snapshot, a run over it, and a way to make more."""

    config: object
    snapshot: Snapshot
    run: Run

    def plan(self, mark, snapshot=None):
        """Another run."""
        return campaign_world.planned(self.config, snapshot or self.snapshot, USERS[:300], mark)


@pytest.fixture
def odd(inside, own, base, tmp_path, write_snapshot, monkeypatch):
    """odd(planned=True): 400 users, 300 of whom consent, served with a run over them; plays match who is scored."""
    from serving.api.service import READS

    def make(planned=True):
        table = base.snapshot.table().slice(0, len(USERS))
        table = table.set_column(table.schema.get_field_index("user_id"), "user_id", pa.array(USERS)).sort_by("user_id")
        buckets = pa.array([bucket(user) for user in table["user_id"].to_pylist()], table.schema.field("bucket").type)
        table = table.set_column(table.schema.get_field_index("bucket"), table.schema.field("bucket"), buckets)
        names = ("model_version", "config_hash", "stages_before", "counts", "eligible")
        about = {name: base.snapshot.manifest[name] for name in names}
        snapshot = write_snapshot("2030-01-01-odd", table, **about)
        config = campaign_world.with_playbook(own, tmp_path)
        served = Served(config, snapshot, None)
        served.run = served.plan("first") if planned else None
        live = READS.state.live
        predictor = SimpleNamespace(config=config, words=live.current().predictor.words)
        monkeypatch.setattr(live, "_current", replace(live.current(), snapshot=snapshot, predictor=predictor))
        return served

    return make
