"""serving/monitoring/score_drift.py."""

from serving.monitoring.score_drift import findings, score_drift

BEFORE = {"risk_band:low": 500, "risk_band:high": 500, "stage:loyal": 900, "stage:new": 100}


def test_shares_that_moved_are_told_by_name(base):
    now = BEFORE | {"risk_band:low": 200, "risk_band:high": 800}
    told = list(findings(score_drift(base.config, now, BEFORE, {}), {"loyal": ("loyal", "忠诚")}))
    assert [(one.subject, one.level) for one in told] == [("risk_band:low", "watch"), ("risk_band:high", "watch")]


def test_a_base_that_grows_in_all_groups_alike_is_not_told(base):
    now = {key: 2 * n for key, n in BEFORE.items()}
    assert list(findings(score_drift(base.config, now, BEFORE, BEFORE), {})) == []
    assert list(findings(score_drift(base.config, now, {}, {}), {})) == []


def test_a_stage_is_called_as_people_call_it(base):
    now = BEFORE | {"stage:loyal": 500, "stage:new": 500}
    told = list(findings(score_drift(base.config, now, BEFORE, {}), {"loyal": ("loyal", "忠诚")}))
    assert "忠诚" in told[0].said.zh
