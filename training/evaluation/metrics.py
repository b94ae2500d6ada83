"""How good predictions were, once the window has closed. All functions take plain arrays of shape (users,)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, cohen_kappa_score, f1_score, roc_auc_score

from training.models.log_loss import CLIP

BINS = 15
TENTHS = 10


def figure_text(x: float | None) -> str:
    """A figure as people read it: four decimals, or a dash where it was not measured (None, NaN, infinite)."""
    return "–" if x is None or not np.isfinite(x) else f"{x:.4f}"


@dataclass(frozen=True)
class Tenth:
    """A tenth of the users by predicted risk, the riskiest first. risk, churned: mean predicted and observed churn.

    lift: churned divided by the overall share. found: the share of all churned users in this and the riskier tenths.
    """

    users: int
    risk: float
    churned: float
    lift: float
    found: float


@dataclass(frozen=True)
class ValueTenth:
    """A tenth of the users by expected value, the lowest first; mean expected and actual value, in value's unit."""

    users: int
    expected: float
    actual: float


def churn_metrics(churned: np.ndarray, risk: np.ndarray) -> dict[str, float]:
    """AUC, average precision, log loss, Brier score, expected calibration error, calibration slope and intercept, and
    lift of the riskiest tenth.

    churned: 0 or 1. risk: predicted probability. A metric that needs both outcomes is NaN where only one occurred.
    """
    risk = np.clip(risk, CLIP, 1 - CLIP)
    both = 0 < churned.mean() < 1
    slope, intercept = calibration_line(churned, risk)
    top = np.argsort(-risk, kind="stable")[: max(len(risk) // 10, 1)]
    return {
        "auc": float(roc_auc_score(churned, risk)) if both else float("nan"),
        "average_precision": float(average_precision_score(churned, risk)) if both else float("nan"),
        "log_loss": float(-(churned * np.log(risk) + (1 - churned) * np.log(1 - risk)).mean()),
        "brier": float(((risk - churned) ** 2).mean()),
        "ece": calibration_error(churned, risk),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "lift_top_decile": float(churned[top].mean() / churned.mean()) if both else float("nan"),
    }


def calibration_bins(churned: np.ndarray, risk: np.ndarray, bins: int = BINS) -> list[tuple[float, float, int]]:
    """(mean predicted, share churned, users) of bins of equal count, lowest risk first."""
    parts = _parts(np.argsort(risk, kind="stable"), bins)
    return [(float(risk[part].mean()), float(churned[part].mean()), len(part)) for part in parts]


def calibration_error(churned: np.ndarray, risk: np.ndarray, bins: int = BINS) -> float:
    """Mean distance between predicted and observed share over bins of equal count, weighted by users (ECE)."""
    return float(sum(abs(p - y) * n for p, y, n in calibration_bins(churned, risk, bins)) / len(churned))


def calibration_line(churned: np.ndarray, risk: np.ndarray, steps: int = 50) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of the outcome on the logit of the risk (Cox 1958).

    1 and 0 are perfect. Slope below 1: overconfident; above: underconfident. Intercept above 0: more churned than was
    predicted. NaN where only one outcome occurred, or the risk is constant or separates the outcomes without error.
    """
    risk = np.clip(risk, CLIP, 1 - CLIP)
    logit = np.log(risk / (1 - risk))
    nothing = float("nan"), float("nan")
    if not 0 < churned.mean() < 1 or np.ptp(logit) < 1e-9:
        return nothing
    if risk[churned == 1].min() > risk[churned == 0].max() or risk[churned == 1].max() < risk[churned == 0].min():
        return nothing
    matrix = np.column_stack([logit, np.ones(len(logit))])
    line = np.array([0.0, np.log(churned.mean() / (1 - churned.mean()))])

    def loss(line: np.ndarray) -> float:
        return float((np.logaddexp(0, matrix @ line) - churned * (matrix @ line)).mean())

    for _ in range(steps):  # Newton, each step halved until it helps
        expected = 1 / (1 + np.exp(-np.clip(matrix @ line, -500, 500)))
        bend = (matrix * (expected * (1 - expected))[:, None]).T @ matrix
        step = np.linalg.lstsq(bend, matrix.T @ (churned - expected), rcond=None)[0]
        while np.abs(step).max() > 1e-10 and loss(line + step) > loss(line):
            step = step / 2
        line = line + step
        if np.abs(step).max() < 1e-9:
            break
    return float(line[0]), float(line[1])


def gains(churned: np.ndarray, risk: np.ndarray, parts: int = TENTHS) -> list[Tenth]:
    """The lift and gains table: ``parts`` groups of equally many users, the riskiest first; fewer parts for few users.

    lift and found are NaN where nobody churned.
    """
    answer, found, total = [], 0.0, float(churned.sum()) or float("nan")
    for part in _parts(np.argsort(-risk, kind="stable"), parts):
        found += float(churned[part].sum())
        share = float(churned[part].mean())
        lift = share * len(churned) / total
        answer.append(Tenth(len(part), float(risk[part].mean()), share, lift, found / total))
    return answer


def value_tenths(value: np.ndarray, expected: np.ndarray, parts: int = TENTHS) -> list[ValueTenth]:
    """Decile calibration: expected and actual mean value in ``parts`` of equal count, the lowest expected first."""
    order = np.argsort(expected, kind="stable")
    return [ValueTenth(len(p), float(expected[p].mean()), float(value[p].mean())) for p in _parts(order, parts)]


def tier_confusion(actual: np.ndarray, tier: np.ndarray, tiers: int) -> np.ndarray:
    """Users by actual tier (rows) and predicted tier (columns), lowest first; shape (tiers, tiers)."""
    return np.bincount(actual * tiers + tier, minlength=tiers * tiers).reshape(tiers, tiers)


def _parts(order: np.ndarray, parts: int) -> list[np.ndarray]:
    return [part for part in np.array_split(order, parts) if len(part)]


def value_metrics(
    value: np.ndarray,
    rank: np.ndarray,
    expected: np.ndarray,
    tier: np.ndarray | None = None,
    actual: np.ndarray | None = None,
) -> dict[str, float | None]:
    """Spearman of ``rank``, normalised Gini and sum of ``expected``, macro F1 and quadratic kappa of ``tier``.

    value: the actual one. tier, actual: predicted and actual tier (number, lowest 0), or None without tiers.
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
    """Spearman's rank correlation; ties share their mean rank; NaN where one side is constant."""
    if len(a) < 2 or a.min() == a.max() or b.min() == b.max():
        return float("nan")
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def gini(value: np.ndarray, expected: np.ndarray) -> float:
    """Gini of the value in the order of ``expected``, divided by that in its own order: 1 is perfect, 0 is chance."""

    def area(order: np.ndarray) -> float:
        captured = np.cumsum(value[order]) / value.sum()
        return float(captured.sum() / len(value) - (len(value) + 1) / (2 * len(value)))

    if value.sum() <= 0:
        return float("nan")
    best = area(np.argsort(-value, kind="stable"))
    return area(np.argsort(-expected, kind="stable")) / best if best else float("nan")
