"""A trained system and the only scoring there is: rows of features in, scores out."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.build.population import Population
from features.errors import BadInput
from training.classical import cold_start
from training.classical.cold_start import ColdStart
from training.models import churn_curve, lifetime, value
from training.models.calibration import SEASON, Correction, plain_correction
from training.models.lifetime import Lifetime
from training.models.single_row import Boosters
from training.models.value import Bounds
from training.rows import histograms, text_codes
from training.rows.text_codes import Encodings

SCORES = ("churn_risk", "expected_value", "value_if_stays", "value_rank", "tier", "stay_tier")
TIERS = ("tier", "stay_tier")


@dataclass(frozen=True)
class Bundle:
    """A trained system.

    boosters: LightGBM models as text by name: 'churn', and 'churn_7d' and the like for the other horizons of the churn
    curve. features: the columns they take, in order. lifetime: tables for predicting lifetimes, or None. encodings:
    the values of each text feature in the order of their codes, see training.rows.text_codes. risk_quantiles: 1,001
    quantiles of the risk at the last training cutoff; bands and percentiles are read from them. config: holdfast.toml
    as it was, unexpanded. metrics: backtest results by name. correction: applied to the churn risk, where one helped
    out of time, see training.models.calibration; contributions are log-odds before it. cold_start: replaces boosters
    where the base is too young to train, see training.fit.cold_start_bundle.
    """

    boosters: Mapping[str, str]
    features: tuple[str, ...]
    bounds: Bounds
    risk_quantiles: tuple[float, ...]
    population: Population
    config: Mapping[str, Any]
    config_hash: str
    trained_on: Mapping[str, Any]
    metrics: Mapping[str, Any]
    encodings: Encodings = field(default_factory=dict)
    lifetime: Lifetime | None = None
    correction: Correction | None = None
    cold_start: ColdStart | None = None

    @cached_property
    def _models(self) -> Boosters:
        return Boosters(self.boosters)

    @cached_property
    def quantiles(self) -> np.ndarray:
        """``risk_quantiles`` as an array, shape (1001,)."""
        return np.array(self.risk_quantiles)

    @property
    def horizon(self) -> float:
        """The churn horizon H in days."""
        return float(self.config["churn"]["horizon_days"])

    @cached_property
    def curve(self) -> tuple[float, ...]:
        """The horizons of the churn curve in days, H among them, shortest first."""
        return tuple(sorted({self.horizon, *churn_curve.others(self.boosters)}))

    def curve_risks(self, answers: Mapping[str, np.ndarray]) -> np.ndarray:
        """The churn risk at each horizon of the curve, shape (rows, horizons), out of ``answers``."""
        names = ["churn_risk" if days == self.horizon else churn_curve.name(days) for days in self.curve]
        return np.column_stack([answers[name] for name in names])

    def value_per_horizon(self, value_if_stays: np.ndarray) -> np.ndarray:
        """The value over one churn horizon of users who stay, from their value over the value horizon."""
        return value_if_stays * (self.horizon / float(self.config["value"]["horizon_days"]))

    def matrix(self, table: pa.Table | pd.DataFrame) -> np.ndarray:
        """The features of a table, found by name, as float64 in the boosters' order; nulls as NaN, text as codes.

        Raises BadInput where a column is missing, appears twice, or does not hold numbers (text for text features).
        """
        columns = Counter(table.column_names if isinstance(table, pa.Table) else table.columns)
        missing = [name for name in self.features if name not in columns]
        if missing:
            what = f"{len(missing)} missing, first '{missing[0]}'; send every feature that the model lists"
            raise BadInput(f"features: {what}")
        matrix = np.empty((len(table), len(self.features)))
        for index, name in enumerate(self.features):
            if columns[name] > 1:
                raise BadInput(f"features: '{name}' stands {columns[name]} times; send it once")
            try:
                column = _column(table, name)
                matrix[:, index] = self._codes(column, name)[0] if name in self.encodings else _numbers(column)
            except (TypeError, ValueError):
                due = "text; send text" if name in self.encodings else "a number; send numbers"
                raise BadInput(f"features: '{name}' holds something that is not {due} or null") from None
        return matrix

    def unseen(self, table: pa.Table | pd.DataFrame) -> dict[str, int]:
        """For each text feature with values never seen in training: how many such values."""
        counts = {name: self._codes(_column(table, name), name)[1] for name in self.encodings}
        return {name: count for name, count in counts.items() if count}

    def spread(self, table: pa.Table) -> dict[str, dict[str, int]]:
        """How each feature is spread over the rows of a table, see ``training.rows.histograms``."""
        return histograms.of_table(table, self.features, self.encodings)

    def _codes(self, column: pa.ChunkedArray | pa.Array, name: str) -> tuple[np.ndarray, int]:
        if not text_codes.is_text(column):
            raise TypeError(column.type)
        return text_codes.apply(column, self.encodings[name])

    def score(self, table: pa.Table | pd.DataFrame, threads: int = 0) -> pd.DataFrame:
        """Score rows of features: one row of scores per row, in the same order.

        Columns: churn_risk (probability), expected_value and value_if_stays (value's unit, >= 0), value_rank (0 to 1),
        tier and stay_tier (numbers of ``value.tiers``), then those of the churn curve's other horizons (churn_7d: the
        probability of no activity in 7 days), then lifetime.COLUMNS (days, and the value's unit; NaN where the bundle
        has no lifetime tables). threads: 0 = LightGBM's default.
        """
        return pd.DataFrame(self.answers(self.matrix(table), threads))

    def answers(self, matrix: np.ndarray, threads: int = 0) -> dict[str, np.ndarray]:
        """The columns of ``score`` for rows from ``matrix``, as arrays: for few rows, tables would take most time."""

        if not len(matrix):  # LightGBM refuses to predict for no rows
            names = (*SCORES, *map(churn_curve.name, churn_curve.others(self.boosters)), *lifetime.COLUMNS)
            return {name: np.empty(0, np.int64 if name in TIERS else float) for name in names}
        if self.cold_start:
            value_horizon = float(self.config["value"]["horizon_days"])
            return cold_start.answers(self.cold_start, matrix, self.bounds, self.horizon, value_horizon)
        booster = partial(self._models.predict, matrix=matrix, threads=threads)
        before = booster("churn")
        risk = self.correction(before) if self.correction else before
        values = value.predict(self.boosters, self.bounds, booster, risk, before if self.correction else None)
        curve = churn_curve.predict(self.boosters, self.horizon, booster, risk)
        ahead = lifetime.predict(self.lifetime, self.horizon, risk, self.value_per_horizon(values["value_if_stays"]))
        if self.seasonal:  # after the lifetime, which lies in all seasons
            values = value.in_season(values, self.bounds, before, risk)
        return {"churn_risk": risk, **values, **curve, **ahead}

    @property
    def seasonal(self) -> bool:
        """Whether the risk is corrected by last year's season; then the values are too, lifetime values aside."""
        return self.correction is not None and self.correction.method == SEASON

    def risk(self, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
        """Only the churn_risk of ``answers``, which needs one booster instead of all."""
        if self.cold_start or not len(matrix):
            return self.answers(matrix, threads)["churn_risk"]
        risk = self._models.predict("churn", matrix, threads)
        return self.correction(risk) if self.correction else risk

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be known before the level of risks and values is trusted: how far off it was in the backtest, and
        that the base drifts. Empty where the level held."""
        drift = (self.metrics.get("drift") or {}).get("alarm")
        return (*self.metrics.get("warnings", ()), *([drift] if drift else []))

    @property
    def kind(self) -> str:
        """What scores: 'lightgbm', or 'mbgnbd' for a base too young to train."""
        return "mbgnbd" if self.cold_start else "lightgbm"

    def contributions(self, table: pa.Table | pd.DataFrame, threads: int = 0) -> np.ndarray:
        """SHAP contributions to the log-odds of churn, shape (rows, features); without the base value."""
        return self.explained(self.matrix(table), threads)

    def explained(self, matrix: np.ndarray, threads: int = 0) -> np.ndarray:
        """``contributions`` for rows from ``matrix``."""
        if not len(matrix) or self.cold_start:
            return np.zeros(matrix.shape)
        return self._models.contributions("churn", matrix, threads)

    @cached_property
    def version(self) -> str:
        """A name for what this bundle computes: 12 hex digits of the hash of boosters, bounds and encodings."""
        parts: list[Any] = [
            sorted(self.boosters.items()),
            asdict(self.bounds),
            self.risk_quantiles,
            dict(self.encodings),
        ]
        parts.append(asdict(self.lifetime) if self.lifetime else None)
        parts.append(plain_correction(self.correction))
        parts.append(asdict(self.cold_start) if self.cold_start else None)
        return sha256(json.dumps(parts).encode())[:12]

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """What MLflow calls: the columns of ``score``, tiers by their names, and ``user_id`` first where given."""
        scored = self.score(model_input)
        names = self.config["value"]["tiers"]
        for name in TIERS:
            scored[name] = [names[tier] for tier in scored[name]]
        if "user_id" in model_input:
            scored.insert(0, "user_id", model_input["user_id"].to_numpy())
        return scored


def _column(table: pa.Table | pd.DataFrame, name: str) -> pa.ChunkedArray | pa.Array:
    return table[name] if isinstance(table, pa.Table) else pa.array(table[name], from_pandas=True)


def _numbers(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """A column as float64, nulls as NaN. Raises TypeError for text, times and the like, which NumPy might convert."""
    kind = column.type
    if kind == pa.float64() or kind == pa.int64():  # most columns; for few rows, casts would take most of the time
        return column.to_numpy(zero_copy_only=False)
    tests = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean, pa.types.is_decimal, pa.types.is_null)
    if not any(test(kind) for test in tests):
        raise TypeError(kind)
    return pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def quantiles(risk: np.ndarray) -> tuple[float, ...]:
    """1,001 quantiles, so that percentiles are exact to a tenth."""
    return tuple(float(q) for q in np.quantile(risk, np.linspace(0, 1, 1001)))


def sha256(content: bytes) -> str:
    """The hash of bytes, as hex digits."""
    return hashlib.sha256(content).hexdigest()
