"""Champion and challenger side by side: agreement of the newest snapshot, figures of those whose window has closed."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from features.user_base import UserBase
from serving.monitoring.past_snapshots import by_date
from serving.monitoring.realised import realised
from serving.monitoring.trial import CHALLENGER, CHAMPION, outcomes, samples, trial, watched


@pytest.fixture(scope="module")
def tried(monitored, tmp_path_factory, challenge) -> UserBase:
    """The monitored base with a worse challenger in the snapshots of 65 and 35 days ago and the newest."""
    folder = tmp_path_factory.mktemp("tried") / "store"
    shutil.copytree(monitored.config.store_path, folder)
    store = monitored.config.store.model_copy(update={"path": str(folder)})
    mine = replace(monitored, config=monitored.config.model_copy(update={"store": store}))
    found = by_date(folder)
    for one in (found[1], found[2], found[-1]):
        challenge(one, "v9-b", 1.5)
    return mine


@pytest.fixture(scope="module")
def told(tried):
    return trial(tried, by_date(tried.config.store_path))


def test_the_champions_figures_are_those_of_what_came_true_and_the_worse_challenger_is_told(tried, told):
    assert [one.as_of for one in told.came] == [one.manifest["as_of"] for one in by_date(tried.config.store_path)[1:3]]
    for came, snapshot in zip(told.came, by_date(tried.config.store_path)[1:3], strict=True):
        alone = realised(tried, snapshot)
        assert (came.users, came.churned) == (alone.users, alone.churned)
        assert came.figures[CHAMPION] == pytest.approx({name: alone.figures[name] for name in came.figures[CHAMPION]})
        assert came.differences["log_loss"]["verdict"] == "worse"
        low, high = came.intervals[CHALLENGER]["auc"]
        assert low < came.figures[CHALLENGER]["auc"] < high
    assert told.challenger == "v9-b" and 0.3 < told.agreement["rank"] < 0.95 and told.agreement["same_tier"] == 1


def test_without_a_challenger_in_the_newest_snapshot_there_is_no_trial(monitored):
    assert trial(monitored, by_date(monitored.config.store_path)) is None


def test_snapshots_of_other_models_and_those_scored_in_hindsight_do_not_count(tried):
    found = by_date(tried.config.store_path)
    champion = found[-1].manifest["model_version"]
    assert len(watched(found, champion, "v9-b")) == 3
    assert watched(found, "v1-a", "v9-b") == watched(found, champion, "v8-a") == []
    about = found[1].manifest["challenger"] | {"labels_close": "2999-01-01"}
    late = replace(found[1], manifest=found[1].manifest | {"challenger": about})
    assert watched([late], champion, "v9-b") == []


def test_a_user_has_one_number_at_all_dates(tried):
    found = by_date(tried.config.store_path)
    past = outcomes(tried, watched(found, found[-1].manifest["model_version"], "v9-b"))
    first, second = numbers = samples(past)
    pairs = zip(numbers, past, strict=True)
    ids = [dict(zip(one.user.tolist(), told.users.to_pylist(), strict=True)) for one, told in pairs]
    both = ids[0].keys() & ids[1].keys()
    assert len(both) > 100 and all(ids[0][n] == ids[1][n] for n in both)
    assert len(np.union1d(first.user, second.user)) == len({*past[0].users.to_pylist(), *past[1].users.to_pylist()})
