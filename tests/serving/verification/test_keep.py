"""What a verification leaves in the store, and what it leaves alone when it is asked again."""

from datetime import timedelta

import pytest

from serving.verification import keep as module
from serving.verification.assigned_users import assigned_users
from serving.verification.keep import FOLDER, keeping
from tests.serving.verification.conftest import AS_OF
from training.verification.campaigns.looks_kept import load
from training.verification.campaigns.verify import verify


@pytest.fixture
def logged(monkeypatch):
    """What was logged in MLflow."""
    calls = []
    monkeypatch.setattr(module, "log_verification", lambda *given: calls.append(given))
    return calls


def verified(one, until):
    base = one.base(until)
    with keeping(base) as (plans, keep):
        found = verify(base, assigned_users(base), plans=plans)
        return found, keep(found)


def test_looks_reports_and_figures_are_kept_once(shop, logged):
    one = shop(users=200)
    run = one.run()
    folder = one.config.store_path / FOLDER
    found, files = verified(one, AS_OF + timedelta(days=40))
    assert {each.verdict.verdict for each in found} == {"not proven"} and files.keys() == {"en", "zh"}
    kept = load(folder)
    assert kept[f"{run.name}/win_back"].over and kept[f"{run.name}/win_back"].made[0].told["verdict"] == "not proven"
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert len(logged) == 1
    assert verified(one, AS_OF + timedelta(days=40))[1] == files
    assert {file: file.stat().st_mtime_ns for file in folder.iterdir()} == before and len(logged) == 1


def test_between_two_looks_the_last_one_is_told_again(shop, logged):
    one = shop(users=200)
    one.run()
    one.run(at=AS_OF + timedelta(days=7))
    first = {each.campaign_id: each for each in verified(one, AS_OF + timedelta(days=32))[0]}["win_back"]
    assert first.look.number == 1 and first.plan.users >= sum(first.looked)
    again = {each.campaign_id: each for each in verified(one, AS_OF + timedelta(days=33))[0]}["win_back"]
    assert (again.churn, again.plan, again.looked) == (first.churn, first.plan, first.looked)


def test_an_open_window_keeps_no_look(shop, logged):
    one = shop(users=200)
    one.run()
    verified(one, AS_OF + timedelta(days=10))
    assert load(one.config.store_path / FOLDER) == {} and len(logged) == 1
