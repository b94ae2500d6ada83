"""How good predictions were, once the window has closed. Everything takes plain arrays of shape (users,)."""

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, cohen_kappa_score, f1_score, roc_auc_score

CLIP = 1e-6
BINS = 15


def churn_metrics(churned: np.ndarray, risk: np.ndarray) -> dict[str, float]:
    """AUC, average precision, log loss, Brier score, expected calibration error and lift of the riskiest tenth.

    churned: 0 or 1. risk: predicted probability. A metric that needs both outcomes is NaN where only one occurred.
    """
    risk = np.clip(risk, CLIP, 1 - CLIP)
    both = 0 < churned.mean() < 1
    top = np.argsort(-risk, kind="stable")[: max(len(risk) // 10, 1)]
    return {
        "auc": float(roc_auc_score(churned, risk)) if both else float("nan"),
        "average_precision": float(average_precision_score(churned, risk)) if both else float("nan"),
        "log_loss": float(-(churned * np.log(risk) + (1 - churned) * np.log(1 - risk)).mean()),
        "brier": float(((risk - churned) ** 2).mean()),
        "ece": calibration_error(churned, risk),
        "lift_top_decile": float(churned[top].mean() / churned.mean()) if both else float("nan"),
    }


def calibration_bins(churned: np.ndarray, risk: np.ndarray, bins: int = BINS) -> list[tuple[float, float, int]]:
    """(mean predicted, share churned, users) of bins of equal count, lowest risk first."""
    parts = [part for part in np.array_split(np.argsort(risk, kind="stable"), bins) if len(part)]
    return [(float(risk[part].mean()), float(churned[part].mean()), len(part)) for part in parts]


def calibration_error(churned: np.ndarray, risk: np.ndarray, bins: int = BINS) -> float:
    """Mean distance between predicted and observed share over bins of equal count, weighted by users (ECE)."""
    return float(sum(abs(p - y) * n for p, y, n in calibration_bins(churned, risk, bins)) / len(churned))


def value_metrics(
    value: np.ndarray,
    rank: np.ndarray,
    expected: np.ndarray,
    tier: np.ndarray | None = None,
    actual: np.ndarray | None = None,
) -> dict[str, float | None]:
    """Spearman of ``rank``, normalised Gini and sum of ``expected``, macro F1 and quadratic kappa of ``tier``.

    value: what came. tier and actual: tier numbers, lowest 0, or None for a prediction without tiers.
    """
    tiers: dict[str, float | None] = {"tier_macro_f1": None, "tier_kappa": None}
    if tier is not None and actual is not None:
        tiers["tier_macro_f1"] = float(f1_score(actual, tier, average="macro", zero_division=0.0))
        several = len(np.union1d(actual, tier)) > 1
        tiers["tier_kappa"] = float(cohen_kappa_score(actual, tier, weights="quadratic")) if several else float("nan")
    return {
        "spearman": spearman(value, rank),
        "gini": gini(value, expected),
        "predicted_sum": float(expected.sum()),
        "actual_sum": float(value.sum()),
        **tiers,
    }


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Rank correlation, ties sharing their mean rank; NaN where one side is constant."""
    if len(a) < 2 or a.min() == a.max() or b.min() == b.max():
        return float("nan")
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def gini(value: np.ndarray, expected: np.ndarray) -> float:
    """Gini of the value in the order of ``expected``, over that in its own order: 1 is perfect, 0 is chance."""

    def area(order: np.ndarray) -> float:
        captured = np.cumsum(value[order]) / value.sum()
        return float(captured.sum() / len(value) - (len(value) + 1) / (2 * len(value)))

    if value.sum() <= 0:
        return float("nan")
    best = area(np.argsort(-value, kind="stable"))
    return area(np.argsort(-expected, kind="stable")) / best if best else float("nan")
