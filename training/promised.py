"""What a model's backtest promised: the figures that past snapshots are held against once their windows have closed."""

from collections.abc import Mapping
from typing import Any

OURS = "holdfast"
KEPT = ("auc", "log_loss", "ece")


def promised(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """AUC, log loss and ECE with 95 % intervals, and expected over actual value, out of a bundle's metrics.

    Null where it was not measured; empty for a model without a backtest, such as that of a base too young to train.
    """
    churn = metrics.get("churn", {}).get(OURS)
    if churn is None:
        return {}
    ranges, value = metrics.get("intervals", {}).get(OURS, {}), metrics.get("value", {}).get(OURS, {})
    found = {name: {"figure": churn.get(name), "interval": ranges.get(name)} for name in KEPT}
    predicted, actual = value.get("predicted_sum"), value.get("actual_sum")
    ratio = predicted / actual if predicted is not None and actual else None
    return found | {"value_ratio": {"figure": ratio, "interval": None}, "as_of": metrics.get("as_of")}
