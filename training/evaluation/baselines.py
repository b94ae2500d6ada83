"""The rules and simple models that a churn or value model has to beat, on the same rows and cutoffs."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from features.catalogue.feature import ladder, span_name
from features.config import Config
from features.errors import BadInput
from training.classical import btyd, cold_start
from training.classical.purchase_history import SUMS, Histories
from training.rows.spine import Rows

NO_DROPOUT = "they found no dropout, so they are one model"


def churn_baselines(config: Config, train: Rows, test: Rows) -> dict[str, np.ndarray]:
    """Churn risk of the test rows by three baselines trained on the training rows.

    recency: logistic on days since the last activity. logistic: on recency, frequency and money, logarithms.
    histgb: scikit-learn's default HistGradientBoosting on plain recency, frequency and money.
    """
    rfm = rfm_columns(config, train.features)
    models: Mapping[str, tuple[list[str], Callable]] = {
        "recency": (["days_since_active"], _logistic),
        "logistic": (["days_since_active", *rfm[1:]], _logistic),
        "histgb": (rfm, lambda: HistGradientBoostingClassifier(random_state=config.train.seed)),
    }
    if len(np.unique(train.churned)) < 2:
        return {name: np.full(len(test), train.churned[0] if len(train) else np.nan) for name in models}
    answer = {}
    for name, (columns, model) in models.items():
        fitted = model().fit(train.matrix(columns), train.churned)
        answer[name] = fitted.predict_proba(test.matrix(columns))[:, 1]
    return answer


def purchase_baselines(
    config: Config, everybody: Histories, test: Rows
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Churn risk and expected value of the test rows by the classical models of purchases, which need no labels.

    They are fitted on everybody's histories at the test cutoff itself. Risk: bgnbd and mbgnbd. Value: gamma_gamma,
    times the visits that MBG/NBD expects. A model that cannot be fitted is left out. They ignore the label gap: their
    horizon begins at the cutoff.
    """
    place = everybody.places(test.user_id)
    history = (everybody.frequency, everybody.recency, everybody.age)
    risk, value = {}, {}
    with suppress(BadInput):
        params = btyd.fit(*history, "bgnbd")
        risk["bgnbd"] = btyd.churn_risk(params, *history, config.horizon)[place]
    with suppress(BadInput):
        scores = cold_start.score(*history, everybody.value, config.horizon, config.value_horizon)
        risk["mbgnbd"], value["gamma_gamma"] = scores["churn_risk"][place], scores["expected_value"][place]
    return risk, value


def no_dropout(risk: Mapping[str, np.ndarray]) -> bool:
    """Whether BG/NBD and MBG/NBD give every user the same risk to all digits that are shown. They differ only in when a
    user may drop out, so their fits saw nobody drop out: it is one model, told twice."""
    if not {"bgnbd", "mbgnbd"} <= set(risk):
        return False
    return bool(np.allclose(risk["bgnbd"], risk["mbgnbd"], rtol=0, atol=5e-5))


def past_spend(config: Config, test: Rows) -> np.ndarray:
    """Value by the simplest rule: users go on spending as they did over the last four horizons."""
    spans = ladder(config.horizon, (0, 2))
    return test.features[f"{SUMS[config.value.sum]}_{span_name(spans[-1])}"] * config.value_horizon / spans[-1]


def matched_tiers(value: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Tiers (numbers, lowest 0) of predicted values, cut so that each has the share of users that it has in ``like``.

    Bounds on amounts would put most users of a cautious rule on the lowest tier, and make its order look worse than it
    is. Users of one value are on one tier, the lower.
    """
    if not len(value):
        return np.zeros(0, dtype=np.int64)
    shares = np.cumsum(np.bincount(like))[:-1] / len(like)
    return np.searchsorted(np.quantile(value, shares, method="inverted_cdf"), value, side="left")


def rfm_columns(config: Config, names: Mapping[str, np.ndarray]) -> list[str]:
    """The simple recency, frequency and money columns that the tables have, recency first."""
    spans = [span_name(days) for days in ladder(config.horizon, (-1, 0, 1, 2))]
    wanted = ["days_since_active", "tenure_days", "active_total"]
    wanted += [f"active_count_{span}" for span in spans]
    wanted += ["order_amount_total", "order_amount_mean", "order_amount_last", "event_value_mean"]
    wanted += [f"{name}_{span}" for name in ("order_amount", "event_value") for span in spans]
    return [name for name in wanted if name in names]


def _logistic():
    return make_pipeline(FunctionTransformer(_log), StandardScaler(), LogisticRegression(max_iter=1000))


def _log(matrix: np.ndarray) -> np.ndarray:
    """sign(x) · log(1 + |x|); nulls become 0, because the linear model cannot take them."""
    filled = np.nan_to_num(matrix)
    return np.sign(filled) * np.log1p(np.abs(filled))
