"""Logs a monitoring report in MLflow: its figures, the report, and its pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from features.config import Config
from training.tracking.server import client


def log_monitoring(config: Config, told: Mapping[str, Any], figures: Mapping[str, float], files: Sequence[Path]) -> str:
    """Log a report, its figures by name and files; the run's id. Raises Unreachable where MLflow fails."""
    with client(config):
        import mlflow

        tags = {"kind": "monitoring", "verdict": told["verdict"], "snapshot": told["run"], "model": told["model"]}
        with mlflow.start_run(run_name=f"monitor {told['now'][:10]}", tags=tags) as run:
            mlflow.log_metrics(dict(figures))
            mlflow.log_dict(dict(told), "monitoring.json")
            for file in files:
                mlflow.log_artifact(str(file), "report")
        return str(run.info.run_id)
