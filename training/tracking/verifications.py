"""Logs a verification in MLflow: the figures of each campaign, and its reports."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from features.config import Config
from training.tracking.server import client

GOALS, FIGURES = ("churn", "value", "capped_value"), ("treatment", "holdout", "difference", "low", "high")
NOT_NAMED = re.compile(r"[^\w./ -]|^[./ ]+|/(?=[./])|[./ ]+$", re.ASCII)  # what MLflow takes in no name of a metric


def log_verification(config: Config, told: Mapping[str, Any], files: Sequence[Path], date: str) -> str:
    """Log what ``as_json`` tells, with the report's files; the run's id. Raises Unreachable where MLflow fails."""
    with client(config):
        import mlflow

        with mlflow.start_run(run_name=f"verify {date}", tags={"kind": "verification"}) as run:
            mlflow.log_metrics(metrics(told))
            mlflow.log_dict(dict(told), "verification.json")
            for file in files:
                mlflow.log_artifact(str(file), "report")
        return str(run.info.run_id)


def metrics(told: Mapping[str, Any]) -> dict[str, float]:
    """Every figure as 'campaign/goal.figure', such as 'autumn/churn.difference', without those that are not known."""
    found: dict[str, float] = {}
    for one in told["plays"]:
        name = metric_name(one["campaign_id"])
        found |= {f"{name}/assigned.{arm}": float(count) for arm, count in one["assigned"].items()}
        figures = {f"{name}/{goal}.{key}": (one[goal] or {}).get(key) for goal in GOALS for key in FIGURES}
        figures[f"{name}/delivered"] = one["delivered"]
        found |= {key: float(x) for key, x in figures.items() if x is not None}
    return found


def metric_name(campaign_id: str) -> str:
    """A campaign's id as MLflow allows it in a name; where that changes it, a hash keeps it apart from others."""
    name = NOT_NAMED.sub("_", campaign_id[:150])
    return name if name == campaign_id else f"{name}-{hashlib.sha256(campaign_id.encode()).hexdigest()[:6]}"
