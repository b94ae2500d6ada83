"""training/promised.py."""

from training.promised import promised


def test_the_figures_of_the_backtest_are_kept_with_their_intervals():
    metrics = {
        "as_of": "2026-01-01T00:00:00",
        "churn": {"holdfast": {"auc": 0.8, "log_loss": 0.5, "ece": 0.01, "brier": 0.1}, "histgb": {"auc": 0.7}},
        "intervals": {"holdfast": {"auc": [0.78, 0.82]}},
        "value": {"holdfast": {"predicted_sum": 90.0, "actual_sum": 100.0}},
    }
    found = promised(metrics)
    assert found["auc"] == {"figure": 0.8, "interval": [0.78, 0.82]}
    assert found["ece"] == {"figure": 0.01, "interval": None}
    assert found["value_ratio"]["figure"] == 0.9


def test_a_model_without_a_backtest_promises_nothing():
    assert promised({}) == {}
