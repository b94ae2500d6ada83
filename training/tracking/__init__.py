"""Runs, models and the champion in MLflow; imported in this folder alone, inside functions, for it takes seconds."""

from training.tracking.registry import Version, champion
from training.tracking.runs import attach, fetch_card, log
from training.tracking.server import Unreachable, client, reach, uri

__all__ = ["Unreachable", "Version", "attach", "champion", "client", "fetch_card", "log", "reach", "uri"]
