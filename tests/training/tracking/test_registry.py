"""Who is champion and how that changes hands; and never a damaged one."""

import shutil
from dataclasses import replace

import pytest

from features.errors import BadInput, GateFailed
from features.user_base import UserBase
from training import tracking
from training.bundle import save
from training.tracking import registry


@pytest.fixture
def config(shop, request):
    """The same store and no model yet: to create another database takes seconds."""
    name = request.node.name[:40]
    return shop.model_copy(update={"project": shop.project.model_copy(update={"name": name})})


def aliases(config):
    return {one.number: set(one.aliases) for one in registry.entries(config) if one.aliases}


def test_every_version_is_listed_with_what_it_is_and_how_good(shop, system):
    found = registry.entries(shop)
    assert [one.number for one in found] == ["4", "3", "2", "1"]
    newest, *_, oldest = found
    assert (oldest.gate, oldest.as_of) == ("reason 1", system.result.as_of.isoformat())
    assert oldest.config_hash == shop.model_hash() and newest.config_hash == "other"
    assert oldest.metrics["holdfast.auc"] == system.result.churn["holdfast"]["auc"]
    assert len({one.bundle for one in found}) == 4 and oldest.name == f"v1-{oldest.bundle}"
    assert aliases(shop) == {"2": {"champion"}, "1": {"previous"}}


def test_promotion_and_rollback_give_the_crown_on_and_back_until_the_first(shop):
    assert registry.promote(shop, "v3").number == "3"
    assert tracking.champion(shop).number == "3" and aliases(shop) == {"3": {"champion"}, "2": {"previous"}}
    with pytest.raises(BadInput, match="version 3 of model holdfast is champion already; see 'holdfast models list'"):
        registry.promote(shop, "3")
    assert (registry.rollback(shop).number, registry.rollback(shop).number) == ("2", "1")
    assert aliases(shop) == {"1": {"champion"}}
    with pytest.raises(BadInput, match="version 1 is the first champion: nothing to roll back to"):
        registry.rollback(shop)
    registry.promote(shop, "2")
    assert registry.entry(shop, "previous").number == "1" and registry.entry(shop, "champion").number == "2"


def test_a_version_of_another_configuration_needs_force(shop):
    with pytest.raises(GateFailed, match=r"v4-\w+ was trained for another configuration \(other, now \w+\); .*--force"):
        registry.promote(shop, "4")
    assert registry.promote(shop, "4", force=True).gate == "reason 4"
    assert tracking.champion(shop).number == "4"
    registry.rollback(shop)


def test_a_champion_made_by_hand_is_rolled_back_to_the_one_before(shop):
    with tracking.client(shop) as client:
        client.set_registered_model_alias(shop.project.name, registry.CHAMPION, "3")
    assert registry.rollback(shop).number == "2" and aliases(shop)["2"] == {"champion"}


@pytest.mark.parametrize("which", ["9", "v9", "nobody", "", "-1"])
def test_a_version_there_is_not_is_told_with_those_there_are(shop, which):
    with pytest.raises(BadInput, match=f"no version '{which}' of model holdfast; there are: 1, 2, 3, 4; see"):
        registry.fetch(shop, which)


def test_without_any_model_it_is_told_to_train(config):
    assert registry.entries(config) == []
    with pytest.raises(BadInput, match="no version '1' of model .*; there are none yet; run 'holdfast train'"):
        registry.promote(config, "1")
    with pytest.raises(BadInput, match="there is no champion: nothing to roll back to"):
        registry.rollback(config)


def test_a_registered_model_without_a_champion_has_none(config, logged):
    logged(config, promote=False)
    assert tracking.champion(config) is None
    with pytest.raises(BadInput, match="there is no champion"):
        registry.rollback(config)


def test_a_damaged_version_is_refused_whether_champion_or_not(config, logged):
    before = set(config.store_path.rglob("churn.txt"))
    logged(config)
    (file,) = set(config.store_path.rglob("churn.txt")) - before
    logged(config, promote=False)
    file.write_bytes(file.read_bytes().replace(b"7", b"8", 1))
    told = "version 1: churn.txt is missing or was changed; train again or take another version"
    with pytest.raises(BadInput, match=told):
        tracking.champion(config)
    registry.promote(config, "2")
    with pytest.raises(BadInput, match=told):
        registry.promote(config, "1", force=True)
    with pytest.raises(BadInput, match=told):
        registry.rollback(config)
    assert tracking.champion(config).number == "2"
    (file.parent / "manifest.json").unlink()
    with pytest.raises(BadInput, match="version 1 holds no bundle; train again"):
        registry.fetch(config, "1")


def test_a_bundle_that_was_swapped_as_a_whole_is_refused(config, logged, system, tmp_path):
    before = set(config.store_path.rglob("manifest.json"))
    logged(config)
    (file,) = set(config.store_path.rglob("manifest.json")) - before
    shutil.rmtree(file.parent)
    save(replace(system.bundle, risk_quantiles=(0.0, 1.0)), file.parent)
    with pytest.raises(BadInput, match="version 1: manifest.json is not the one registered; train again"):
        tracking.champion(config)


def test_another_failure_is_no_empty_registry(shop, monkeypatch):
    # Else a model would be promoted without having been compared.
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    def fails(*_):
        raise MlflowException("the server is busy")

    monkeypatch.setattr(MlflowClient, "get_model_version_by_alias", fails)
    with pytest.raises(tracking.Unreachable):
        tracking.champion(shop)


def test_a_poisoned_champion_is_nobodys_model_though_its_hashes_are_right(config, system, tmp_path):
    text = system.bundle.boosters["churn"].replace("\nis_linear=0\n", "\nleaf_value=9 9 9 9 9 9 9\nis_linear=0\n", 1)
    bundle = replace(system.bundle, boosters=system.bundle.boosters | {"churn": text})
    save(bundle, tmp_path / "bundle")
    base = UserBase(config, None, system.tables)
    tracking.log(base, system.results, bundle, tmp_path / "bundle", [], True, "poisoned")
    with pytest.raises(BadInput, match=r"version 1: churn\.txt: .*is not what LightGBM writes.*train again"):
        tracking.champion(config)
    with pytest.raises(BadInput, match=r"version 1: churn\.txt: .*is not what LightGBM writes.*train again"):
        registry.fetch(config, "1")
