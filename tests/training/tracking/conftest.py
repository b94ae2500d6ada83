"""A trained system's bundle on disk, and a way to log it."""

from dataclasses import replace

import pytest

from features.user_base import UserBase
from training import tracking
from training.bundle import save
from training.evaluation import plots


@pytest.fixture(scope="session")
def saved(system, tmp_path_factory):
    """The folder of the trained system's bundle."""
    folder = tmp_path_factory.mktemp("saved") / "bundle"
    save(system.bundle, folder)
    return folder


@pytest.fixture(scope="session")
def pictures(system, tmp_path_factory):
    return plots.draw(system.result, tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def logged(system, saved, pictures):
    """logged(config, promote): a run with the trained system's bundle."""

    def make(config, promote=True, reason="it is good"):
        return tracking.log(
            UserBase(config, None, system.tables), system.results, system.bundle, saved, pictures, promote, reason
        )

    return make


@pytest.fixture(scope="session")
def shop(system, elsewhere, tmp_path_factory):
    """A store with v1 and v2, each champion in its turn, v3 that was not promoted, and v4 of another configuration."""
    config = elsewhere(system.config, tmp_path_factory.mktemp("shop"))
    folder = tmp_path_factory.mktemp("bundles")
    for number, promoted in ((1, True), (2, True), (3, False), (4, False)):
        bundle = replace(system.bundle, risk_quantiles=(0.0, number / 10, 1.0))
        if number == 4:
            churn = bundle.config["churn"] | {"horizon_days": 60.0}
            trained = bundle.trained_on | {"cutoffs": ["2025-07-01T00:00"]}
            bundle = replace(bundle, config_hash="other", config=bundle.config | {"churn": churn}, trained_on=trained)
        save(bundle, folder / str(number))
        tracking.log(
            UserBase(config, None, system.tables),
            system.results,
            bundle,
            folder / str(number),
            [],
            promoted,
            f"reason {number}",
        )
    return config
