"""Adds bands, percentiles, tiers and reasons to a bundle's scores: the rows of a snapshot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from serving.scoring.bucket import buckets
from serving.scoring.columns import AFTER_USER, schema
from serving.scoring.shown import points_balance, weekly_counts
from serving.scoring.values import Curves, Names, NoReasons, Numbers, Reasons, Values
from training.models.lifetime import COLUMNS as LIFETIME
from training.trained_model import Bundle


def score_columns(bundle: Bundle, table: pa.Table, threads: int = 0, why: bool = True) -> dict[str, pa.Array]:
    """Scores of rows of features: the snapshot columns from churn_risk to reasons, one value per row.

    why: whether reasons are worked out; else they are null.
    """
    return {name: one.arrow() for name, one in _scores(bundle, bundle.matrix(table), threads, why).items()}


def score_rows(bundle: Bundle, matrix: np.ndarray, threads: int = 0) -> list[dict[str, Any]]:
    """The same scores as plain values, a dictionary a row: faster for a handful of rows.

    matrix: rows as ``Bundle.matrix`` gives them.
    """
    return _rows(_scores(bundle, matrix, threads))


def risk_rows(bundle: Bundle, matrix: np.ndarray, threads: int = 0) -> list[dict[str, Any]]:
    """churn_risk, risk_band and risk_percentile alone of ``score_rows``, from the churn booster alone."""
    return _rows(_risk(bundle, bundle.risk(matrix, threads)))


def _scores(bundle: Bundle, matrix: np.ndarray, threads: int, why: bool = True) -> dict[str, Values]:
    """The columns of scores, each by its name."""
    score = bundle.answers(matrix, threads)
    risk = score["churn_risk"]
    explained = why and len(risk) and not bundle.cold_start
    return {
        **_risk(bundle, risk),
        "expected_value": Numbers(score["expected_value"]),
        "value_rank": Numbers(score["value_rank"]),
        "value_tier": Names(bundle.config["value"]["tiers"], score["tier"]),
        "value_if_stays": Numbers(score["value_if_stays"]),
        "stay_tier": Names(bundle.config["value"]["tiers"], score["stay_tier"]),
        "value_at_stake": Numbers(risk * score["value_if_stays"]),
        "churn_curve": Curves(bundle.curve, bundle.curve_risks(score)),
        **{name: Numbers(score[name], nullable=True) for name in LIFETIME},  # NaN: the logs are too short
        "reasons": Reasons(bundle.features, _shown(bundle, matrix), bundle.explained(matrix, threads))
        if explained
        else NoReasons(len(risk)),
    }


def _risk(bundle: Bundle, risk: np.ndarray) -> dict[str, Values]:
    percentile = risk_percentile(bundle, risk)
    return {
        "churn_risk": Numbers(risk),
        "risk_band": Names(bundle.config["risk"]["names"], _band(bundle, percentile)),
        "risk_percentile": Numbers(percentile),
    }


def _rows(columns: Mapping[str, Values]) -> list[dict[str, Any]]:
    return [
        dict(zip(columns, row, strict=True)) for row in zip(*(one.plain() for one in columns.values()), strict=True)
    ]


def _shown(bundle: Bundle, matrix: np.ndarray) -> np.ndarray:
    """The values that reasons show: null for texts, since their codes mean nothing to a person."""
    if not bundle.encodings:
        return matrix
    shown = matrix.copy()
    shown[:, [bundle.features.index(name) for name in bundle.encodings]] = np.nan
    return shown


def _band(bundle: Bundle, percentile: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.asarray(bundle.config["risk"]["cuts"]) * 100, percentile, side="right")


def risk_percentile(bundle: Bundle, risk: np.ndarray) -> np.ndarray:
    """Share of the users of the last training cutoff, in percent, whose risk was no higher; frozen, so that it means
    the same next month. Ties go up: where most users share the highest risk, none of them is in the lowest band."""
    return np.searchsorted(bundle.quantiles, risk, side="right") / len(bundle.quantiles) * 100


def snapshot_rows(
    bundle: Bundle,
    table: pa.Table,
    as_of: datetime,
    eligible_days: float,
    version: str,
    config_hash: str,
    threads: int = 0,
) -> pa.Table:
    """One snapshot row per row of features (which carry ``user_id`` and ``days_since_active``), in the same order."""
    silent = table["days_since_active"].to_numpy(zero_copy_only=False).astype(float)
    eligible = np.nan_to_num(silent, nan=np.inf) <= eligible_days
    why_not = np.where(np.isnan(silent), "never active", f"last active more than {eligible_days:g} days ago")
    scores = score_columns(bundle, table.filter(pa.array(eligible)), threads)
    places = pa.array(np.where(eligible, np.cumsum(eligible) - 1, 0), pa.int64(), mask=~eligible)
    count = len(eligible)
    columns: dict[str, Any] = {
        "as_of": pa.repeat(pa.scalar(as_of, pa.timestamp("us")), count).cast(pa.timestamp("us", "UTC")),
        "eligible": pa.array(eligible),
        "reason_not_eligible": pa.array(why_not, pa.string(), mask=eligible),
        "stage": pa.nulls(count, pa.string()),
        **{name: array.take(places) for name, array in scores.items()},
        "stage_before": pa.nulls(count, pa.string()),
        "level": pa.nulls(count, pa.string()),
        "tags": pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), pa.array([], pa.string())),
        "bucket": pa.array(buckets(table["user_id"].to_pylist())),
        **history(table),
        "weekly_counts": weekly_counts(table),
        "points_balance": points_balance(table),
        "model_version": pa.repeat(version, count),
        "config_hash": pa.repeat(config_hash, count),
    }
    users = table["user_id"].combine_chunks()
    return pa.table([users, *(columns[one.name] for one in AFTER_USER)], schema=schema(users.type))


def history(table: pa.Table) -> dict[str, pa.Array]:
    """history_days and active_days of rows of features; null for users who were never active, or where the table lacks
    ``tenure_days`` and ``gap_count``."""
    if not {"tenure_days", "gap_count"} <= set(table.column_names):
        return {"history_days": pa.nulls(len(table), pa.float64()), "active_days": pa.nulls(len(table), pa.int64())}
    days = table["tenure_days"].combine_chunks().cast(pa.float64())
    active = pc.add(table["gap_count"].combine_chunks().cast(pa.int64()), 1)
    return {"history_days": days, "active_days": pc.if_else(days.is_valid(), active, None)}
