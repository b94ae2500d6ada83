"""Runs, models and the champion in MLflow. Only this folder imports it, inside functions, as that takes seconds."""

from training.tracking.challengers import Challenger, challenge, challenger, withdraw
from training.tracking.registry import Version, champion
from training.tracking.runs import attach, fetch_card, log
from training.tracking.server import Unreachable, client, reach, uri

__all__ = [
    "Challenger",
    "Unreachable",
    "Version",
    "attach",
    "challenge",
    "challenger",
    "champion",
    "client",
    "fetch_card",
    "log",
    "reach",
    "uri",
    "withdraw",
]
