"""A verification in MLflow: its figures by campaign, and its report."""

import json
import posixpath
from pathlib import Path

import pytest

from training.tracking.server import client
from training.tracking.verifications import log_verification, metric_name, metrics

EFFECT = {"treatment": 0.25, "holdout": 0.5, "difference": -0.25, "low": -0.4, "high": -0.1}


def one(name, **more):
    told = {"campaign_id": name, "assigned": {"treatment": 60, "holdout": 40}, "delivered": 7}
    return told | {"churn": EFFECT, "value": None, "capped_value": None} | more


def test_figures_are_named_by_campaign_and_unknown_ones_left_out():
    found = metrics({"plays": [one("run/play"), one("b", churn=None, delivered=None)]})
    assert found == {
        "run/play/assigned.treatment": 60,
        "run/play/assigned.holdout": 40,
        **{f"run/play/churn.{key}": value for key, value in EFFECT.items()},
        "run/play/delivered": 7,
        "b/assigned.treatment": 60,
        "b/assigned.holdout": 40,
    }


@pytest.mark.parametrize("name", ["l'été", "活动", "../x", "a/../b", "/", "x" * 300, "a//b", "."])
def test_any_name_becomes_one_that_is_allowed_and_its_own(name):
    made = metric_name(name)
    assert made != metric_name(name + "'") and len(made) < 200
    assert posixpath.normpath(made) == made and not made.startswith(("/", "."))


def test_a_run_holds_figures_and_report(system, elsewhere, tmp_path):
    config = elsewhere(system.config, tmp_path / "store")
    report = tmp_path / "x.en.html"
    report.write_text("told")
    told = {"plays": [one("2026-01-01-0123456789/win_back"), one("l'été/.活动")]}
    run_id = log_verification(config, told, [report], "2026-03-02")
    with client(config) as registry:
        run = registry.get_run(run_id)
        assert run.info.run_name == "verify 2026-03-02"
        assert run.data.metrics == metrics(told) and len(run.data.metrics) == 16
        names = {each.path for each in registry.list_artifacts(run_id)}
        assert names == {"report", "verification.json"}
        file = registry.download_artifacts(run_id, "verification.json", str(tmp_path))
        assert json.loads(Path(file).read_text(encoding="utf-8")) == told
