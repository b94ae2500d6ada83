"""When a model is trained again: by age, by configuration, by what monitoring found, and never twice on the same."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from serving.schedule.due import last_tried, note_tried, why_train

END = datetime(2026, 6, 1)


@pytest.fixture
def base(tmp_path):
    config = SimpleNamespace(
        store_path=tmp_path,
        model_hash=lambda: "c1",
        project=SimpleNamespace(timezone="UTC"),
        schedule=SimpleNamespace(train_days=30, retrain_days=7),
    )
    return SimpleNamespace(config=config, tables=SimpleNamespace(observed_until=END, fingerprint="f1"))


def champion(days, hash="c1"):
    closed = (END - timedelta(days=days)).isoformat()
    return SimpleNamespace(name="v1", bundle=SimpleNamespace(config_hash=hash, trained_on={"labels_close": closed}))


def tried(days, tables="f0", config="c1"):
    return {"tables": tables, "config": config, "as_of": (END - timedelta(days=days)).isoformat(), "model": "v2"}


DUE = {
    "nobody serves yet": (None, "", None, "there is no champion yet"),
    "the configuration is another": (champion(1, "c0"), "", None, "another configuration"),
    "the champion is old": (champion(30), "fine", None, "30 days old"),
    "and so is the last try": (champion(90), "fine", tried(30), "90 days old"),
    "monitoring asks for it": (champion(9), "retrain", None, "monitoring says"),
    "and the last try was a week ago": (champion(9), "retrain", tried(7), "monitoring says"),
}
NOT_DUE = {
    "young": (champion(29), "fine", None, "29 days old, due at 30"),
    "old, but tried lately": (champion(90), "fine", tried(3), "due at 30"),
    "asked for, but tried lately": (champion(9), "retrain", tried(6), "due at 30"),
    "asked for of a model of this week": (champion(3), "retrain", None, "due at 30"),
    "tried on the very tables": (None, "retrain", tried(0, "f1"), "trained on these tables already, v2"),
    "watch is no reason": (champion(9), "watch", None, "due at 30"),
}


@pytest.mark.parametrize("standing, verdict, last, why", DUE.values(), ids=DUE.keys())
def test_a_model_is_trained_where(base, standing, verdict, last, why):
    due, said = why_train(base, standing, verdict, last)
    assert due and why in said


@pytest.mark.parametrize("standing, verdict, last, why", NOT_DUE.values(), ids=NOT_DUE.keys())
def test_a_model_is_not_trained_where_it_is(base, standing, verdict, last, why):
    due, said = why_train(base, standing, verdict, last)
    assert not due and why in said


def test_a_training_is_noted_and_a_damaged_note_is_none(base, tmp_path):
    assert last_tried(tmp_path) is None
    note_tried(base, "v3")
    assert last_tried(tmp_path) == tried(0, "f1") | {"model": "v3"}
    (tmp_path / "schedule" / "trained.json").write_text("{")
    assert last_tried(tmp_path) is None
