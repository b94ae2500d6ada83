"""What is served now is taken at once: a model, a snapshot, and what predicts with them."""

import pytest

from features.errors import BadInput
from serving.api import live
from serving.api.live import Live


def test_it_is_the_champion_and_the_newest_snapshot(base):
    current = Live(base.config).current()
    assert (current.model.name, current.snapshot.run_id) == (base.model.name, base.snapshot.run_id)
    assert current.predictor.model is current.model


def test_no_snapshot_is_told_as_none(base, own, monkeypatch):
    monkeypatch.setattr(live, "champion", lambda config: base.model)
    assert Live(own).current().snapshot is None


def test_without_a_champion_nothing_is_served(own, monkeypatch):
    monkeypatch.setattr(live, "champion", lambda config: None)
    with pytest.raises(BadInput, match="no champion in the registry; run 'holdfast train'"):
        Live(own)
