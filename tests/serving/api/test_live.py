"""What is served is swapped whole while it is asked for; what is bad never comes in, and the old goes on."""

import fcntl
import shutil
import threading
import time
from types import SimpleNamespace

import pytest

from features.errors import BadInput
from serving.api import live as module
from serving.api.live import Live
from serving.api.reload import golden_rows, model_cache
from serving.api.reload.watcher import MODEL, SNAPSHOT
from serving.batch.snapshot import publish
from serving.rights.people import People
from serving.rights.snapshots import erase_from_snapshot


class Quiet:
    """No scout: what it would have found is put in by hand."""

    def __init__(self, config, serving, take):
        self.take, self.closed = take, False

    def wait(self, kind, seconds):
        pass

    def status(self):
        return {"refused": {}, "trouble": {MODEL: "the registry's file is gone"}}

    def close(self):
        self.closed = True


def found(config, version):
    place = model_cache.keep(config.store_path, version)
    return {**vars(place), "golden": golden_rows.outcome(version.bundle)}


@pytest.fixture
def quiet(own, base, monkeypatch):
    """quiet(): a Live whose store knows the base's champion as the one that served last."""
    monkeypatch.setattr(module, "Candidates", Quiet)

    def make(known=True):
        if known:
            model_cache.served(own.store_path, model_cache.keep(own.store_path, base.model))
        return Live(own)

    return make


def test_without_the_registry_the_model_that_served_last_goes_on(quiet, base):
    live = quiet()
    assert live.current().model == base.model and live.current().snapshot is None
    assert live.ready() == (True, {"model_version": base.model.name, "snapshot": None} | live._candidates.status())


def test_without_any_model_nothing_is_served(quiet, own):
    with pytest.raises(BadInput) as caught:
        quiet(known=False)
    assert str(caught.value) == (
        f"{own.file.name}: no champion to serve (the registry's file is gone), and none was served from here before"
    )


def test_a_snapshot_comes_beside_the_model_that_is_there(quiet, base):
    live = quiet()
    before = live.current()
    live._candidates.take(SNAPSHOT, {"folder": str(base.snapshot.folder)})
    assert live.current().snapshot.run_id == base.snapshot.run_id and before.snapshot is None
    assert live.current().predictor is before.predictor


def test_what_the_clock_has_left_behind_is_told_with_the_rest(quiet, base):
    live = quiet()
    assert live.stale() == {}
    live._candidates.take(SNAPSHOT, {"folder": str(base.snapshot.folder)})
    _, told = live.ready()
    assert told["stale"] == {name: said.en for name, said in live.stale().items()}
    assert told["stale"]["snapshot"].startswith(f"the snapshot is of {base.snapshot.manifest['as_of'][:10]}")
    live.measure()


def test_a_model_that_says_here_something_else_than_there_is_not_served(quiet, own, base):
    live = quiet()
    said = found(own, base.model)
    said["golden"]["churn_risk"][7] += 1e-6
    with pytest.raises(BadInput, match="scores golden rows differently here"):
        live._candidates.take(MODEL, said)
    assert live.current().model == base.model


@pytest.fixture(scope="module")
def hot(shop):
    """A Live with a real scout beside it."""
    live = Live(shop.config)
    yield SimpleNamespace(live=live, shop=shop)
    live.close()


def until(what, seconds=40.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def number(live):
    return live.current().model.number


def test_models_and_snapshots_are_swapped_while_they_are_asked_for_and_no_answer_mixes_two(hot):
    live, shop = hot.live, hot.shop
    numbers = [shop.add(shift, crown=False) for shift in (0.5, -0.5)]
    row = golden_rows.rows(live.current().model.bundle).slice(5, 1).to_pylist()
    runs = {folder.name: folder for folder in _two(shop)}
    answers, over = [], threading.Event()

    def ask():
        while not over.is_set():
            now = live.current()
            risk = now.predictor.rows(row, "en")[0]["churn_risk"]
            answers.append((now.model.number, risk, now.snapshot.run_id, now.snapshot.look_up([1]).num_rows))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for one in asking:
        one.start()
    try:
        for turn in range(6):
            shop.crown(numbers[turn % 2])
            publish(runs[sorted(runs)[turn % 2]])
            until(lambda turn=turn: number(live) == numbers[turn % 2])
            until(lambda turn=turn: live.current().snapshot.run_id == sorted(runs)[turn % 2])
    finally:
        over.set()
        for one in asking:
            one.join()
    by_model = {}
    for model, risk, _, rows in answers:
        by_model.setdefault(model, set()).add(risk)
        assert rows == 1
    assert {*numbers} <= by_model.keys() and all(len(risks) == 1 for risks in by_model.values())
    assert len({risk for risks in by_model.values() for risk in risks}) == len(by_model)
    assert {run for *_, run, _ in answers} == runs.keys()


def _two(shop):
    first = shop.config.store_path / "snapshots" / shop.base.snapshot.run_id
    second = first.with_name(first.name + "-2")
    shutil.copytree(first, second)
    return first, second


def gone_wrong(kind):
    def change(bundle, folder):
        """Before it is registered: its hashes are right, and it is no model."""
        from dataclasses import replace

        from training.bundle import save

        shutil.rmtree(folder)
        text = bundle.boosters["churn"]
        wrong = {"cut off": text[: len(text) // 2], "not a model": "x", "empty": ""}[kind]
        broken = replace(bundle, boosters=dict(bundle.boosters) | {"churn": wrong})
        save(broken, folder)
        return broken

    return change


@pytest.mark.parametrize("kind", ["a byte changed", "a file gone", "cut off", "not a model", "empty"])
def test_a_bad_candidate_is_refused_and_told_and_the_old_one_goes_on(hot, kind):
    live, shop = hot.live, hot.shop
    before = live.current().model
    if kind in ("a byte changed", "a file gone"):
        bad = shop.add(0.25, crown=False)
        file = shop.files(bad) / "churn.txt"
        file.write_bytes(file.read_bytes()[:-1] + b" ") if kind == "a byte changed" else file.unlink()
        shop.crown(bad)
    else:
        bad = shop.add(0.25, gone_wrong(kind))
    until(lambda: live.ready()[1]["refused"].get("model", {}).get("name", "").startswith(f"v{bad}"))
    ready, about = live.ready()
    assert ready and about["model_version"] == before.name and live.current().model is before
    assert about["refused"]["model"]["why"] and "\n" not in about["refused"]["model"]["why"]
    shop.crown(before.number)


def test_a_damaged_snapshot_is_refused_and_the_old_one_goes_on(hot):
    live = hot.live
    before = live.current().snapshot
    folder = before.folder.with_name("damaged")
    shutil.copytree(before.folder, folder)
    part = next(folder.glob("part-*.parquet"))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    pointer = folder.with_name("latest")
    pointer.write_text(folder.name)
    until(lambda: live.ready()[1]["refused"].get("snapshot", {}).get("name") == "damaged")
    assert live.current().snapshot is before
    pointer.write_text(before.folder.name)


def test_a_registry_that_is_locked_hinders_no_snapshot(hot):
    live, folder = hot.live, hot.live.current().snapshot.folder
    there = [file.parent for file in folder.parent.glob("*/manifest.json")]
    other = next(one for one in there if one.name not in ("damaged", folder.name))
    with (hot.shop.config.store_path / "mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        publish(other)
        until(lambda: live.current().snapshot.run_id == other.name)
    assert live.ready()[0]


def test_a_registry_that_is_deleted_hinders_nobody(hot):
    live, shop = hot.live, hot.shop
    before = number(live)
    registry = shop.config.store_path / "mlflow.db"
    registry.rename(registry.with_suffix(".away"))
    until(lambda: live.ready()[1]["trouble"].get("model") == "the registry's file is gone")
    assert number(live) == before and live.ready()[0] and not registry.exists()
    registry.with_suffix(".away").rename(registry)
    until(lambda: not live.ready()[1]["trouble"])


def test_who_is_erased_is_gone_from_answers_after_a_look_and_others_stay(hot):
    live = hot.live
    assert live.current().snapshot.look_up([1, 2]).num_rows == 2
    erase_from_snapshot(live.current().snapshot.folder, People(("2",)), "2026-01-04")
    until(lambda: live.current().snapshot.look_up([1, 2])["user_id"].to_pylist() == [1])
