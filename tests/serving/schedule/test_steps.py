"""The steps of the schedule on a real base: each is done once, and is found done after that."""

import pytest

from features.user_base import UserBase
from serving.schedule import steps
from serving.schedule.due import last_tried
from serving.schedule.scheduled_run import scheduled_run
from serving.schedule.steps import AGAIN, DONE, SKIPPED


@pytest.fixture
def shop(base, tmp_path, monkeypatch) -> UserBase:
    """The base with its champion and a store of its own."""
    monkeypatch.setattr("training.tracking.champion", lambda config: base.model)
    store = base.config.store.model_copy(update={"path": str(tmp_path / "store")})
    return UserBase(base.config.model_copy(update={"store": store}), base.con, base.tables)


def test_a_run_does_what_is_due_and_a_second_finds_it_done(shop):
    first, second = (scheduled_run(shop) for _ in range(2))
    assert [(one.step, one.status) for one in first] == [
        ("train", SKIPPED),
        ("score", DONE),
        ("plan", SKIPPED),
        ("verify", SKIPPED),
        ("monitor", DONE),
    ]
    assert "days old, due at" in first[0].said and "users scored by" in first[1].said
    assert [one.status for one in second][:4] == [SKIPPED, AGAIN, SKIPPED, SKIPPED]
    assert not (shop.config.store_path / "campaigns").exists()
    assert last_tried(shop.config.store_path) is None


def test_a_training_that_is_due_is_noted_whether_or_not_it_was_promoted(shop, base, monkeypatch):
    made = []

    class Outcome:
        version, verdict, reason = base.model, "was not promoted", "it is no better"

    monkeypatch.setattr("training.tracking.champion", lambda config: None)
    monkeypatch.setattr("training.rows.data_gates.data_gates", lambda base: [])
    monkeypatch.setattr("training.job.train", lambda *given: made.append(1) or Outcome)
    first, second = (steps.train(shop, lambda *_: None) for _ in range(2))
    assert first.status == DONE and "was not promoted: it is no better" in first.said
    assert second.status == SKIPPED and "trained on these tables already" in second.said and len(made) == 1


def test_too_little_to_train_is_no_failure(shop, monkeypatch):
    from training.rows.data_gates import Gate

    monkeypatch.setattr("training.tracking.champion", lambda config: None)
    monkeypatch.setattr("training.rows.data_gates.data_gates", lambda base: [Gate("history", "red", "9 days")])
    did = steps.train(shop, lambda *_: None)
    assert did.status == SKIPPED and did.said == "too little to train: history: 9 days"
