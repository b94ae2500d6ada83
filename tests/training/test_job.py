"""When a new model becomes the champion, on figures written out; and one run of the whole job."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from features.errors import BadInput
from training import job
from training.job import gate

TEST = datetime(2026, 1, 1)
FEATURES = {"a": np.array([0.1, 0.2, 0.8, 0.9])}
CHURNED = np.array([0, 0, 1, 1.0])


def result(log_loss=0.5, auc=0.8, **others):
    """What a test came to: ours, and a baseline that is a little worse."""
    churn = {"holdfast": {"log_loss": log_loss, "auc": auc}, "recency": {"log_loss": 0.55, "auc": 0.7}}
    return SimpleNamespace(as_of=TEST, churn=churn | others, test=SimpleNamespace(features=FEATURES, churned=CHURNED))


class Champion:
    """A registered model that was some other at its own backtest, and whose risk is feature a."""

    name = "v3-abc"

    def __init__(self, config, log_loss=0.52, labels_close="2026-02-01T00:00:00", version="old", features=("a",)):
        self.bundle = self
        self.version, self.features = version, features
        self.config_hash = config.model_hash()
        self.trained_on = {"labels_close": labels_close}
        self.metrics = {"churn": {"holdfast": {"log_loss": log_loss}}}

    def score(self, table, threads):
        return {"churn_risk": table["a"]}


@pytest.fixture
def verdict(config_of):
    """verdict(result, champion=…): whether it is promoted, and why; champion: what Champion takes, or None."""

    def make(result, champion=None, version="new", other=None):
        config = config_of()
        standing = None if champion is None else Champion(other or config, **champion)
        return gate(config, result, SimpleNamespace(version=version), standing)

    return make


def test_whoever_beats_the_baselines_is_the_first_champion(verdict):
    assert verdict(result()) == (True, "beats every baseline, and there was no champion to beat")


@pytest.mark.parametrize(
    "figures, reason",
    [
        ({"log_loss": 0.56}, "log loss 0.5600 does not beat recency's 0.5500"),
        ({"log_loss": 0.55}, "log loss 0.5500 does not beat recency's 0.5500"),
        ({"auc": 0.69}, "AUC 0.6900 does not beat recency's 0.7000"),
        ({"auc": float("nan")}, "AUC nan does not beat recency's 0.7000"),
        ({"histgb": {"log_loss": 0.49, "auc": 0.7}}, "log loss 0.5000 does not beat histgb's 0.4900"),
        ({"histgb": {"log_loss": 0.6, "auc": 0.8}}, "AUC 0.8000 does not beat histgb's 0.8000"),
    ],
)
def test_a_model_that_a_baseline_equals_has_no_claim(verdict, figures, reason):
    assert verdict(result(**figures)) == (False, reason)
    assert verdict(result(**figures), champion={"log_loss": 9}) == (False, reason)


def test_the_same_model_is_not_promoted_again(verdict):
    assert verdict(result(), champion={}, version="old") == (False, "it is the same model as champion v3-abc")


def test_a_champion_of_another_configuration_is_replaced(verdict, config_of):
    # Another horizon is another question: figures for it say nothing about this one.
    found = verdict(result(), champion={"log_loss": 0.1}, other=config_of(horizon=90))
    assert found == (True, "beats every baseline, and champion v3-abc was trained for another configuration")


@pytest.mark.parametrize("theirs, beaten", [(0.52, True), (0.5, False), (0.48, False)])
def test_a_champion_that_has_seen_the_outcome_is_met_at_its_own_backtest(verdict, theirs, beaten):
    # Its labels close after the test cutoff: on these users it would look better than it is.
    promoted, reason = verdict(result(), champion={"log_loss": theirs})
    word = "beats it" if beaten else "does not beat it"
    assert promoted is beaten
    assert reason == f"{word}: log loss 0.5000, champion v3-abc in its own backtest {theirs:.4f}"


def test_a_champion_that_has_not_is_measured_on_the_same_users(verdict):
    theirs = -(np.log(0.9) + np.log(0.8)) / 2  # right about all four
    closed = {"labels_close": TEST.isoformat(), "log_loss": 9}
    promoted, reason = verdict(result(), champion=closed)
    assert (promoted, reason) == (
        False, f"does not beat it: log loss 0.5000, champion v3-abc on the same users {theirs:.4f}",
    )  # fmt: skip
    assert verdict(result(log_loss=0.1), champion=closed)[0]


def test_a_champion_whose_features_are_gone_is_met_at_its_own_backtest(verdict):
    champion = {"labels_close": TEST.isoformat(), "features": ("a", "gone")}
    assert "in its own backtest 0.5200" in verdict(result(), champion=champion)[1]


def test_a_label_window_that_closes_a_second_late_has_seen_it(verdict):
    assert "own backtest" in verdict(result(), champion={"labels_close": "2026-01-01T00:00:01"})[1]


# The whole job


@pytest.fixture(scope="module")
def config(system, elsewhere, tmp_path_factory):
    """The trained base with a store of its own and half the cutoffs."""
    config = elsewhere(system.config, tmp_path_factory.mktemp("job"))
    return config.model_copy(update={"train": config.train.model_copy(update={"cutoffs": 2})})


@pytest.fixture(scope="module")
def outcome(config, system):
    return job.train(config, system.con, system.tables)


def test_the_model_learns_from_all_that_is_known_and_is_judged_by_what_it_could_not_know(outcome, system, config):
    bundle = outcome.version.bundle
    assert outcome.result.as_of == system.result.as_of
    assert outcome.result.bundle.trained_on["labels_close"] == outcome.result.as_of.isoformat()
    assert bundle.trained_on["labels_close"] == system.tables.observed_until.isoformat()
    assert bundle.metrics["as_of"] == outcome.result.as_of.isoformat()
    assert bundle.metrics["churn"] == outcome.result.churn and bundle.metrics["value"] == outcome.result.value
    assert [picture.parent for picture in outcome.pictures] == [config.store_path / "pictures"] * 3


def test_it_is_registered_and_nothing_is_left_lying_about(outcome, config):
    standing = job.tracking.champion(config)
    assert outcome.promoted == (standing is not None) and outcome.version.number == "1"
    assert not outcome.same and not list((config.store_path / "tmp").iterdir())


@pytest.fixture
def quick(system, elsewhere, tmp_path, monkeypatch):
    """quick(champion, figures): job.train without the work, on the trained system, where champion() does that and the
    backtest came to those figures."""

    def make(champion, figures=None, log=lambda *given: given):
        measured = replace(system.result, churn=figures or result().churn)
        monkeypatch.setattr(job, "evaluate", lambda *_: measured)
        monkeypatch.setattr(job, "training_rows", lambda *_: None)
        monkeypatch.setattr(job, "fit", lambda *_: system.bundle)
        monkeypatch.setattr(job.plots, "draw", lambda *_: [])
        monkeypatch.setattr(job.tracking, "champion", champion)
        monkeypatch.setattr(job.tracking, "log", log)
        return job.train(elsewhere(system.config, tmp_path), system.con, system.tables)

    return make


def test_a_damaged_champion_can_be_trained_away(quick):
    # The message about it says to train again: that must not fail for the same reason.
    def damaged(_):
        raise BadInput("store: churn.txt is missing or was changed; train again")

    found = quick(damaged)
    assert found.promoted and not found.same
    assert found.reason == (
        "beats every baseline, and there was no champion to beat "
        "(store: churn.txt is missing or was changed; train again)"
    )


def test_the_same_model_again_is_told(quick, system):
    found = quick(lambda _: SimpleNamespace(name="v1", bundle=system.bundle))
    assert found.same and not found.promoted and found.reason == "it is the same model as champion v1"


def test_where_logging_fails_no_folder_is_left(quick, tmp_path):
    def fails(*_):
        raise OSError("no space left")

    with pytest.raises(OSError):
        quick(lambda _: None, log=fails)
    assert not list((tmp_path / "tmp").iterdir())


def test_what_could_not_be_measured_is_kept_as_nothing(quick):
    found = quick(lambda _: None, {"holdfast": {"auc": float("nan"), "log_loss": 0.5}})
    _, _, _, bundle, *_ = found.version  # what would have been logged
    assert bundle.metrics["churn"] == {"holdfast": {"auc": None, "log_loss": 0.5}}
