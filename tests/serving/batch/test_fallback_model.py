import pytest

from features.errors import BadInput
from serving.batch.fallback_model import without_champion


def test_a_base_large_enough_to_train_is_told_what_became_of_the_model_it_has(base):
    with pytest.raises(BadInput, match=r"no champion in the registry: v1-\w+ is registered but was not promoted \("):
        without_champion(base)


def test_a_base_too_small_is_scored_by_mbg_nbd_and_why_is_said(base, monkeypatch):
    red = type("Gate", (), {"level": "red", "name": "history", "found": "60 days"})
    monkeypatch.setattr("serving.batch.fallback_model.data_gates", lambda *_: [red])
    version, why = without_champion(base)
    assert version.name == f"mbgnbd-{version.bundle.version}" and version.bundle.kind == "mbgnbd"
    assert why[0] == "too young or too small to train: history: 60 days"
