"""Champion and challenger as text: a row a figure, and for each closed window a row a model."""

import pytest

from serving.monitoring.report.trial_table import trial_table, trial_windows

FIGURES = {"auc": 0.8, "log_loss": 0.5, "ece": 0.02}
TRIAL = {
    "champion": "v1-a",
    "challenger": "v2-b",
    "since": "2026-01-01T00:00:00",
    "until": "2026-02-15T00:00:00",
    "agreement": {"users": 10, "rank": None, "same_band": 0.9, "same_tier": 1.0, "risk": 0.3, "challenger_risk": 0.28},
    "came": [
        {
            "as_of": "2026-01-02T00:00:00",
            "users": 1234,
            "churned": 0.31,
            "risk": {"champion": 0.3, "challenger": 0.28},
            "figures": {"champion": FIGURES, "challenger": FIGURES | {"auc": 0.75}},
            "intervals": dict.fromkeys(("champion", "challenger"), dict.fromkeys(FIGURES, (0.0, 0.9))),
        }
    ],
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_models_stand_side_by_side_and_every_row_fits_its_headings(language):
    agree, came = trial_table(TRIAL, language), trial_windows(TRIAL, language)
    assert [row[1] for row in agree.rows] == ["–", "90.0%", "100.0%", "30.0%", "28.0%"] and "v2-b" in agree.lead
    assert [row[4][:5] for row in came.rows] == ["0.800", "0.750"] and came.rows[1][3] == "28.0% / 31.0%"
    assert {len(row) - len(one.headings) for one in (agree, came) for row in one.rows} == {0}


def test_without_a_challenger_there_are_no_rows():
    assert trial_table(None, "en").rows == trial_windows(None, "zh").rows == ()
