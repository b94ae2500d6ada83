"""A challenger is watched its time; then it takes the champion's place unless it was worse on what came."""

import shutil
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from serving.monitoring.past_snapshots import by_date
from serving.schedule import trial_end
from training.tracking import Challenger


@pytest.fixture
def shop(base, tmp_path, monkeypatch, challenge):
    """shop(blur, days): what becomes of a challenger, in snapshots of 35 days ago and now, that was named so many days
    ago and is that much worse; and what was done. blur None: it was never scored."""

    def make(blur, days, shadow=45.0, hash=None):
        store = tmp_path / "store"
        update = {"store": base.config.store.model_copy(update={"path": str(store)})}
        config = base.config.model_copy(update=update | {"promote": SimpleNamespace(shadow_days=shadow)})
        shutil.copytree(base.snapshot.folder, store / "snapshots" / base.snapshot.run_id)
        (now,) = by_date(store)
        champion = SimpleNamespace(name=now.manifest["model_version"], number="1")
        bundle = SimpleNamespace(config_hash=hash or config.model_hash())
        since, done = base.tables.observed_until - timedelta(days=days), []
        rival = Challenger(SimpleNamespace(name="v2-b", number="2", bundle=bundle), since)
        if blur is not None:
            at = (base.tables.observed_until - timedelta(days=35)).isoformat()
            past = replace(now, manifest=now.manifest | {"as_of": at, "labels_close": at})
            challenge(past, "v2-b", blur, at)
        monkeypatch.setattr(trial_end.tracking, "champion", lambda config: champion)
        monkeypatch.setattr(trial_end.tracking, "challenger", lambda config: rival)
        monkeypatch.setattr(trial_end.tracking, "withdraw", lambda config: done.append("withdrawn"))
        monkeypatch.setattr(trial_end, "promote", lambda config, number: done.append(f"promoted {number}"))
        return trial_end.ended(replace(base, config=config, model=None, snapshot=None)), done

    return make


def test_it_is_watched_until_its_time_is_over(shop):
    found, done = shop(0.1, 44)
    assert not found.over and done == [] and "challenger v2-b is watched beside champion" in found.said
    assert "day 44 of 45" in found.said


def test_one_no_worse_takes_the_champions_place(shop):
    found, done = shop(0.01, 45)
    assert found.over and done == ["promoted 2"] and "of one closed window" in found.said
    assert found.said.startswith("challenger v2-b is now champion after 45 days: log loss")


def test_one_that_was_worse_withdraws_and_the_figures_say_so(shop):
    found, done = shop(2.0, 50)
    assert found.over and done == ["withdrawn"] and "is worse than champion" in found.said


def test_one_that_was_never_scored_beside_the_champion_waits(shop):
    found, done = shop(None, 60)
    assert not found.over and done == [] and "in no snapshot yet" in found.said


def test_one_of_another_configuration_withdraws_at_once(shop):
    found, done = shop(None, 1, hash="other")
    assert found.over and done == ["withdrawn"]
