"""The metrics of a backtest in one table: what each is called, what is good, how it is written, what it means.

From it follow the terminal's tables, the JSON, the model card, what MLflow is told, which figures get an interval and a
verdict, and docs/reference/metrics.md.
"""

from dataclasses import dataclass
from math import isfinite

CHURN, VALUE = "churn", "value"
HIGHER, LOWER, ONE, ZERO, NONE = (
    "higher",
    "lower",
    "1",
    "0",
    "",
)  # what is good; NONE: read beside others


@dataclass(frozen=True)
class Metric:
    """A metric.

    of: the churn risk or the value. good: HIGHER, LOWER, ONE, ZERO or NONE. label: what a person reads; short: the same
    in a narrow column. format: of Python's. drawn: it gets an interval from draws of users, and a verdict where higher
    or lower is good. on_card: the model card shows it. reported: it stands in the JSON and in MLflow as a figure of a
    model; else beside its interval alone.
    """

    name: str
    of: str
    good: str
    label: str
    meaning: str
    short: str = ""
    format: str = ".4f"
    drawn: bool = False
    on_card: bool = False
    reported: bool = True

    @property
    def heading(self) -> str:
        """What stands above its column."""
        return self.short or self.label

    def written(self, x: float | None) -> str:
        """The figure as a person reads it; a dash where it could not be measured."""
        return "–" if x is None or not isfinite(x) else format(x, self.format)


TABLE = (
    Metric(
        "auc",
        CHURN,
        HIGHER,
        "AUC",
        "chance that of one user who churned and one who stayed the first had the higher risk; 0.5 is a coin",
        drawn=True,
        on_card=True,
    ),
    Metric(
        "average_precision",
        CHURN,
        HIGHER,
        "average precision",
        "share of churned among the riskiest users, averaged over where the list is cut; chance is the churn rate",
        drawn=True,
        on_card=True,
    ),
    Metric(
        "log_loss",
        CHURN,
        LOWER,
        "log loss",
        "mean of −ln of the probability given to what came: punishes being sure and wrong",
        drawn=True,
        on_card=True,
    ),
    Metric("brier", CHURN, LOWER, "Brier", "mean squared distance between risk and outcome", drawn=True, on_card=True),
    Metric(
        "ece",
        CHURN,
        LOWER,
        "ECE",
        "expected calibration error: mean distance between predicted and observed share over 15 groups of equal size",
        drawn=True,
        on_card=True,
    ),
    Metric(
        "calibration_slope",
        CHURN,
        ONE,
        "calibration slope",
        "of the logistic regression of the outcome on the logit of the risk (Cox 1958); below 1: too sure",
        short="slope",
    ),
    Metric(
        "calibration_intercept",
        CHURN,
        ZERO,
        "calibration intercept",
        "of the same regression; above 0: more churned than was said",
        short="intercept",
    ),
    Metric(
        "lift_top_decile",
        CHURN,
        HIGHER,
        "lift, top tenth",
        "share of churned in the riskiest tenth over everybody's share",
        short="lift",
        on_card=True,
    ),
    Metric(
        "spearman",
        VALUE,
        HIGHER,
        "Spearman",
        "rank correlation of predicted and actual value",
        drawn=True,
        on_card=True,
    ),
    Metric(
        "gini",
        VALUE,
        HIGHER,
        "Gini",
        "of the value in the order of the expected value, over that in its own order: 1 is perfect, 0 is chance",
        drawn=True,
        on_card=True,
    ),
    Metric("predicted_sum", VALUE, NONE, "expected sum", "sum of the expected values", format=",.0f"),
    Metric("actual_sum", VALUE, NONE, "actual sum", "sum of the values that came", format=",.0f"),
    Metric("tier_macro_f1", VALUE, HIGHER, "tier macro F1", "F1 of the predicted tier, mean over the tiers"),
    Metric(
        "tier_kappa",
        VALUE,
        HIGHER,
        "tier kappa",
        "quadratic kappa (Cohen 1968) of predicted and actual tier: 1 is perfect, 0 is chance",
        drawn=True,
        on_card=True,
    ),
    Metric(
        "sum_ratio",
        VALUE,
        ONE,
        "expected / actual",
        "sum of the expected values over that of the actual ones",
        drawn=True,
        reported=False,
    ),
)
BY_NAME = {one.name: one for one in TABLE}


def names(of: str, flag: str) -> tuple[str, ...]:
    """The names of the churn or value metrics of which a flag (drawn, on_card, reported) is set, in order."""
    return tuple(one.name for one in TABLE if one.of == of and getattr(one, flag))
