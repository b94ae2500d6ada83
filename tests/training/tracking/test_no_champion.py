"""Where there is no champion the person is led on, and never round in a circle."""

import pytest

from training import tracking
from training.tracking import no_champion as module
from training.tracking.no_champion import no_champion
from training.tracking.registry import entries, promote


@pytest.fixture
def config(shop, request):
    """The same store and no model yet: to create another database takes seconds."""
    return shop.model_copy(update={"project": shop.project.model_copy(update={"name": request.node.name[:40]})})


def test_where_nothing_was_trained_train_is_the_way(config):
    assert str(no_champion(config)).endswith(
        f"no champion in the registry yet; run 'holdfast train --config {config.file}'"
    )


def test_a_model_that_was_not_promoted_is_named_with_why_and_the_ways_on(config, logged):
    logged(config, promote=False, reason="AUC .51 does not tell\nusers apart")
    (entry,) = entries(config)
    said = str(no_champion(config))
    assert f"{entry.name} is registered but was not promoted (AUC .51 does not tell users apart)" in said
    assert "another churn.horizon_days or more data" in said and "\n" not in said
    assert f"'holdfast models promote 1 --config {config.file}'" in said
    assert promote(config, "1").number == tracking.champion(config).number  # the way it names is one


def test_a_server_that_fails_now_leaves_the_old_words(config, monkeypatch):
    def fails(_):
        raise tracking.Unreachable("gone")

    monkeypatch.setattr(module, "entries", fails)
    assert "run 'holdfast train" in str(no_champion(config))
