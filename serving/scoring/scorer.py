"""Puts bands, percentiles, tiers and reasons to a bundle's scores: the rows of a snapshot."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from serving.scoring.bucket import buckets
from serving.scoring.columns import AFTER_USER, CURVE, schema
from serving.scoring.reasons import REASONS, TYPE, reasons, strongest
from training.models.lifetime import COLUMNS
from training.trained_model import Bundle


def judge(bundle: Bundle, table: pa.Table, threads: int = 0, why: bool = True) -> dict[str, pa.Array]:
    """Scores of rows of features: the snapshot columns from churn_risk to reasons, one value per row.

    why: whether reasons are worked out; else they are null.
    """
    matrix = bundle.matrix(table)
    score = bundle.answers(matrix, threads)
    risk = score["churn_risk"]
    percentile = risk_percentile(bundle, risk)
    found: dict[str, pa.Array] = {
        "churn_risk": pa.array(risk),
        "risk_band": _named(bundle.config["risk"]["names"], _band(bundle, percentile)),
        "risk_percentile": pa.array(percentile),
        "expected_value": pa.array(score["expected_value"]),
        "value_rank": pa.array(score["value_rank"]),
        "value_tier": _named(bundle.config["value"]["tiers"], score["tier"]),
        "value_if_stays": pa.array(score["value_if_stays"]),
        "stay_tier": _named(bundle.config["value"]["tiers"], score["stay_tier"]),
        "value_at_stake": pa.array(risk * score["value_if_stays"]),
        "churn_curve": churn_curve(bundle, score),
        **{name: pa.array(score[name], from_pandas=True) for name in COLUMNS},  # NaN: the logs are too short
        "reasons": pa.nulls(len(risk), TYPE),
    }
    if why and len(risk) and not bundle.cold_start:
        found["reasons"] = reasons(bundle.features, _shown(bundle, matrix), bundle.explained(matrix, threads))
    return found


def judge_few(bundle: Bundle, matrix: np.ndarray, threads: int = 0) -> list[dict[str, Any]]:
    """What ``judge`` finds, of rows as ``Bundle.matrix`` gives them, as plain values: a dictionary a row. For a handful
    of rows, of which Arrow would take most of the time."""
    score = bundle.answers(matrix, threads)
    risk, tiers = score["churn_risk"], bundle.config["value"]["tiers"]
    columns: dict[str, list[Any]] = {
        **_risks(bundle, risk),
        "expected_value": score["expected_value"].tolist(),
        "value_rank": score["value_rank"].tolist(),
        "value_tier": [tiers[tier] for tier in score["tier"]],
        "value_if_stays": score["value_if_stays"].tolist(),
        "stay_tier": [tiers[tier] for tier in score["stay_tier"]],
        "value_at_stake": (risk * score["value_if_stays"]).tolist(),
        "churn_curve": [
            [
                {"days": days, "churn_risk": gone, "returned": 1 - gone}
                for days, gone in zip(bundle.curve, row, strict=True)
            ]
            for row in bundle.curve_risks(score).tolist()
        ],
        **{name: [None if math.isnan(one) else one for one in score[name].tolist()] for name in COLUMNS},
        "reasons": [None] * len(risk),
    }
    if len(risk) and not bundle.cold_start:
        chosen, values, sums = strongest(
            bundle.features, _shown(bundle, matrix), bundle.explained(matrix, threads), REASONS
        )
        columns["reasons"] = [
            [
                {"feature": bundle.features[at], "value": None if math.isnan(value) else value, "contribution": by}
                for at, value, by in zip(*row, strict=True)
            ]
            for row in zip(chosen.tolist(), values.tolist(), sums.tolist(), strict=True)
        ]
    return _rows(columns)


def risk_few(bundle: Bundle, matrix: np.ndarray, threads: int = 0) -> list[dict[str, Any]]:
    """churn_risk, risk_band and risk_percentile of ``judge_few`` alone, by one booster of all."""
    return _rows(_risks(bundle, bundle.risk(matrix, threads)))


def _risks(bundle: Bundle, risk: np.ndarray) -> dict[str, list[Any]]:
    percentile, names = risk_percentile(bundle, risk), bundle.config["risk"]["names"]
    return {
        "churn_risk": risk.tolist(),
        "risk_band": [names[band] for band in _band(bundle, percentile)],
        "risk_percentile": percentile.tolist(),
    }


def _rows(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _shown(bundle: Bundle, matrix: np.ndarray) -> np.ndarray:
    """The values that reasons tell: a text's code tells a person nothing."""
    if not bundle.encodings:
        return matrix
    shown = matrix.copy()
    shown[:, [bundle.features.index(name) for name in bundle.encodings]] = np.nan
    return shown


def _band(bundle: Bundle, percentile: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.asarray(bundle.config["risk"]["cuts"]) * 100, percentile, side="right")


def churn_curve(bundle: Bundle, score: Mapping[str, np.ndarray]) -> pa.Array:
    """The curve of each row of a bundle's answers, as ``CURVE``."""
    risks = bundle.curve_risks(score)
    rows, width = risks.shape
    risk = risks.ravel()
    points = pa.StructArray.from_arrays(
        [pa.array(np.tile(bundle.curve, rows)), pa.array(risk), pa.array(1 - risk)], fields=list(CURVE.value_type)
    )
    return pa.ListArray.from_arrays(pa.array(np.arange(rows + 1) * width, pa.int32()), points, type=CURVE)


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
    scores = judge(bundle, table.filter(pa.array(eligible)), threads)
    places = pa.array(np.where(eligible, np.cumsum(eligible) - 1, 0), pa.int64(), mask=~eligible)
    count = len(eligible)
    columns: dict[str, Any] = {
        "as_of": pa.repeat(pa.scalar(as_of, pa.timestamp("us")), count).cast(pa.timestamp("us", "UTC")),
        "eligible": pa.array(eligible),
        "reason_not_eligible": pa.array(why_not, pa.string(), mask=eligible),
        "stage": pa.nulls(count, pa.string()),
        **{name: array.take(places) for name, array in scores.items()},
        "stage_before": pa.nulls(count, pa.string()),
        "bucket": pa.array(buckets(table["user_id"].to_pylist())),
        **history(table),
        "model_version": pa.repeat(version, count),
        "config_hash": pa.repeat(config_hash, count),
    }
    users = table["user_id"].combine_chunks()
    return pa.table([users, *(columns[one.name] for one in AFTER_USER)], schema=schema(users.type))


def history(table: pa.Table) -> dict[str, pa.Array]:
    """history_days and active_days of rows of features; null for who was never active, or where the table lacks
    ``tenure_days`` and ``gap_count``."""
    if not {"tenure_days", "gap_count"} <= set(table.column_names):
        return {"history_days": pa.nulls(len(table), pa.float64()), "active_days": pa.nulls(len(table), pa.int64())}
    days = table["tenure_days"].combine_chunks().cast(pa.float64())
    active = pc.add(table["gap_count"].combine_chunks().cast(pa.int64()), 1)
    return {"history_days": days, "active_days": pc.if_else(days.is_valid(), active, None)}


def _named(names: list[str], numbers: np.ndarray) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(names, pa.string())).cast(pa.string())
