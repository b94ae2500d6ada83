"""Who is challenger, since when, and that it is beside the champion only where it can be scored."""

from datetime import datetime

import pytest

from features.errors import BadInput, GateFailed
from training import tracking
from training.tracking import challengers as door
from training.tracking import registry

SINCE = datetime(2026, 1, 5)


@pytest.fixture
def watching(shop):
    yield shop.model_copy(update={"promote": shop.promote.model_copy(update={"shadow_days": 30.0})})
    tracking.withdraw(shop)


def test_a_challenger_stands_beside_the_champion_until_it_is_promoted_or_withdrawn(shop, watching):
    assert tracking.challenger(shop) is None and tracking.withdraw(shop) is None
    assert "challenger" in tracking.challenge(shop, "3", SINCE).aliases
    standing = tracking.challenger(shop)
    assert (standing.version.number, standing.since) == ("3", SINCE)
    found, why_not = door.beside(watching, tracking.champion(shop))
    assert found == standing and why_not == ""
    assert door.beside(shop, tracking.champion(shop)) == (None, "")  # shadow_days is 0
    registry.promote(shop, "challenger")
    assert tracking.challenger(shop) is None and tracking.champion(shop).number == "3"
    registry.rollback(shop)
    tracking.challenge(shop, "1", SINCE)
    assert tracking.withdraw(shop) == "1" and tracking.challenger(shop) is None


def test_who_cannot_be_challenger_is_told(shop):
    with pytest.raises(BadInput, match="version 2 of model .* is champion already"):
        tracking.challenge(shop, "champion", SINCE)
    with pytest.raises(GateFailed, match="cannot be scored beside the champion"):
        tracking.challenge(shop, "4", SINCE)
    nobody = shop.model_copy(update={"project": shop.project.model_copy(update={"name": "nobody"})})
    with pytest.raises(BadInput, match="no version '3' of model nobody"):
        tracking.challenge(nobody, "3", SINCE)


def test_one_of_another_configuration_or_with_damaged_files_is_no_reason_to_have_no_scores(shop, watching, monkeypatch):
    tracking.challenge(shop, "3", SINCE)
    other = watching.model_copy(update={"churn": shop.churn.model_copy(update={"horizon_days": 77.0})})
    found, why_not = door.beside(other, tracking.champion(shop))
    assert found is None and "was trained for another configuration" in why_not

    def damaged(*_):
        raise BadInput("churn.txt was changed")

    champion = tracking.champion(shop)
    monkeypatch.setattr(door, "fetched", damaged)
    assert door.beside(watching, champion) == (
        None,
        "the challenger is not scored: churn.txt was changed",
    )


def test_an_alias_given_by_hand_begins_where_the_model_learned_to(shop, watching):
    with tracking.client(shop) as client:
        client.set_registered_model_alias(shop.project.name, registry.CHALLENGER, "1")
    standing = tracking.challenger(shop)
    assert standing.since.isoformat() == standing.version.bundle.trained_on["labels_close"]
