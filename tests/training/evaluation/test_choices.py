"""What was chosen at the closed windows is told in a line each."""

from training.evaluation.choices import told

HISTORY = {
    "cutoffs": ["2025-01-01T00:00", "2025-01-15T00:00"],
    "log_loss_change": {"newest 4": -0.09},
    "standard_error": {"newest 4": 0.01},
    "applied": "newest 4",
}


def test_every_choice_is_told_with_what_it_would_have_done():
    season = {"alike": 0.31, "needed": 0.75, "expected_now": None}
    drift = {"cutoff": "2025-01-15T00:00", "predicted": 0.5, "churned": 0.62}
    changes = {"log_loss_change": {"without both": 0.002}, "standard_error": {"without both": 0.001}}
    shared = {"left_out": [], **changes}
    lines = list(told({"history": HISTORY, "shared_features": shared, "season": season, "drift": drift}))
    assert lines == [
        "history: learned from newest 4 cutoffs; tried at 2 past cutoffs, change of log loss: "
        "newest 4 -0.0900 ± 0.0100",
        "features that a cutoff's users share: left out none; change of log loss: without both +0.0020 ± 0.0010",
        "season: two years' months of activity go together by 0.31; no season: more than 0.75 is needed",
        "newest closed window, 2025-01-15T00:00: 50.0% predicted by a model of what was known then, 62.0% did "
        "(-12.0 points)",
    ]


def test_a_season_that_was_tried_says_what_it_expects():
    (line,) = told({"season": {"alike": 0.9, "needed": 0.75, "expected_now": 0.49}})
    assert line.endswith("last year's season was tried; it lets 49.0% of comparable users be expected to churn")
    missed = {"season_shift": -0.386, "season_off": 0.111}
    (line,) = told({"season": {"alike": 0.9, "needed": 0.75, "expected_now": 0.26}, "calibration": missed})
    assert line.endswith("; a shift of -0.39 in log-odds, beside the 0.11 that it was off by at past cutoffs")


def test_a_model_of_before_has_nothing_to_tell():
    assert list(told({})) == [] and list(told({"history": HISTORY | {"log_loss_change": {}}, "drift": None})) == []
