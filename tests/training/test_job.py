"""One run of the whole training job, and what becomes of it where something fails."""

from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest

from features.errors import BadInput
from features.user_base import UserBase
from training import job


@pytest.fixture(scope="module")
def config(system, elsewhere, tmp_path_factory):
    """The trained base with a store of its own and half the cutoffs."""
    config = elsewhere(system.config, tmp_path_factory.mktemp("job"))
    return config.model_copy(update={"train": config.train.model_copy(update={"cutoffs": 2})})


@pytest.fixture(scope="module")
def outcome(config, system):
    return job.train(UserBase(config, system.con, system.tables))


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

    def make(champion, figures=None, log=lambda *given: given, tables=system.tables):
        measured = replace(system.result, churn=figures or system.result.churn)
        monkeypatch.setattr(job, "evaluate", lambda *_: measured)
        monkeypatch.setattr(job, "training_rows", lambda *_: None)
        monkeypatch.setattr(job, "complete", lambda *_: system.bundle)
        monkeypatch.setattr(job.plots, "draw", lambda *_: [])
        monkeypatch.setattr(job.tracking, "champion", champion)
        monkeypatch.setattr(job.tracking, "log", log)
        monkeypatch.setattr(job.tracking, "reach", lambda _: None)
        monkeypatch.setattr(job, "_card", lambda *_: [])
        return job.train(UserBase(elsewhere(system.config, tmp_path), system.con, tables))

    return make


def test_a_damaged_champion_can_be_trained_away(quick, monkeypatch):
    # The message about it says to train again: that must not fail for the same reason.
    def damaged(_):
        raise BadInput("store: churn.txt is missing or was changed; train again")

    monkeypatch.setattr(job, "gate", lambda *given: (given[-1] is None, "good"))
    found = quick(damaged)
    assert found.promoted and not found.same
    assert found.reason == "good (store: churn.txt is missing or was changed; train again)"


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
    _, _, bundle, *_ = found.version  # what would have been logged
    assert bundle.metrics["churn"] == {"holdfast": {"auc": None, "log_loss": 0.5}}


def test_the_next_gate_finds_the_comparison_in_the_bundle(quick, system):
    _, _, bundle, *_ = quick(lambda _: None).version
    mine = system.result.comparison.differences["logistic"]["log_loss"]
    assert bundle.metrics["differences"]["logistic"]["log_loss"] == asdict(mine)


def test_the_model_card_lies_in_the_store_and_with_the_run(outcome, config):
    assert [file.name for file in outcome.cards] == [f"{outcome.version.name}.{ending}" for ending in ("md", "html")]
    assert outcome.reason in outcome.cards[0].read_text() and outcome.cards[0].parent == config.store_path / "cards"
    with job.tracking.client(config) as client:
        run = client.get_run(outcome.version.run_id)
        there = {file.path for file in client.list_artifacts(outcome.version.run_id, "card")}
        described = client.get_model_version(config.project.name, outcome.version.number).description
    assert there == {f"card/{file.name}" for file in outcome.cards}
    assert described == run.data.tags["mlflow.note.content"] and described.startswith("# Model card: holdfast v1-")


def test_earlier_test_cutoffs_are_measured_as_far_as_the_history_allows(system, monkeypatch):
    asked = []

    def evaluate(base, at, progress, tuned):
        asked.append(at)
        if len(asked) > 2:
            raise BadInput("no cutoff to learn from")
        return at

    monkeypatch.setattr(job, "evaluate", evaluate)
    train = system.config.train.model_copy(update={"backtests": 9})
    config = system.config.model_copy(update={"train": train})
    tests = job.test_cutoffs(UserBase(config, None, system.tables), 9)
    found = job._tests(UserBase(config, system.con, system.tables), tests, job.silent, {})
    assert found == asked[:2][::-1] and len(asked) == 3 and (asked[0] - asked[1]).days == 30


def test_a_server_that_is_down_is_told_before_the_work(system, elsewhere, monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setattr(job, "_tests", lambda *_: pytest.fail("it has begun to work"))
    with pytest.raises(job.tracking.Unreachable, match="MLFLOW_TRACKING_URI: MLflow cannot be used there"):
        job.train(UserBase(elsewhere(system.config, tmp_path), system.con, system.tables))


def test_an_input_that_was_changed_since_it_was_read_registers_no_model(quick, system):
    gone = replace(system.tables, stamps={("orders", "gone.parquet"): (1, 1)})
    with pytest.raises(BadInput, match="tables.orders: gone.parquet is gone since it was read"):
        quick(lambda _: None, log=lambda *_: pytest.fail("it was registered"), tables=gone)


def test_a_model_that_passes_is_challenger_first_unless_it_stands_there_already(quick, system, monkeypatch):
    named, rivals = [], [None, SimpleNamespace(version=SimpleNamespace(name="v2", bundle=system.bundle))]
    monkeypatch.setattr(job, "gate", lambda *_: (True, "good"))
    monkeypatch.setattr(job, "shadowed", lambda *_: True)
    monkeypatch.setattr(job.tracking, "challenger", lambda _: rivals.pop(0))
    monkeypatch.setattr(job.tracking, "challenge", lambda _, number, since: named.append((number, since)))
    made = quick(lambda _: None, log=lambda *_: SimpleNamespace(number="3", name="v3", bundle=system.bundle))
    assert made.watched and not made.promoted and made.verdict == "is now challenger"
    assert named == [("3", system.tables.observed_until)] and "good" in made.reason
    again = quick(lambda _: None, log=lambda *_: SimpleNamespace(number="4", name="v4", bundle=system.bundle))
    assert (
        again.same and not again.watched and again.reason == "it is the same model as challenger v2" and len(named) == 1
    )
