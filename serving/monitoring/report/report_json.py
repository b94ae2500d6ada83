"""A monitoring report as JSON, for other programs, and as the gauges of a Prometheus text file."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from serving.monitoring.finding import LEVELS
from serving.monitoring.monitor import Report, advice

LISTS = ("freshness", "volumes", "inputs", "scores", "early", "realised")


def as_json(report: Report) -> dict[str, Any]:
    """Everything that the report tells; numbers that could not be measured are null. It names no user."""
    told = {
        "verdict": report.verdict,
        "advice": advice(report.verdict).as_json,
        "now": report.now,
        "run": report.run,
        "as_of": report.as_of,
        "model": report.model,
        "before": report.before,
        "days": report.days,
        "ages": report.ages,
        "findings": [one.as_json for one in report.found],
    }
    for name in ("trial", "year_ago"):
        told[name] = asdict(getattr(report, name)) if getattr(report, name) else None
    return _plain(told | {name: [asdict(one) for one in getattr(report, name)] for name in LISTS})


def gauges(told: Mapping[str, Any]) -> dict[str, float]:
    """Figures by name: ages in days, the verdict from 0 (fine) to 3 (stop), findings by level, and what came true.

    told: see ``as_json``. Realised figures are those of the newest closed window whose model did not know the outcome.
    """
    found = {f"{name}_age_days": age for name, age in told["ages"].items()}
    found["verdict"] = float(LEVELS.index(told["verdict"]))
    for level in LEVELS[1:]:
        found[f"findings_{level}"] = float(sum(one["level"] == level for one in told["findings"]))
    found["largest_psi"] = max((one["psi"] for one in told["inputs"] if one["psi"] is not None), default=None)
    honest = [one for one in told["realised"] if not one["hindsight"]]
    if honest:
        last = honest[-1]
        found |= {f"realised_{name}": last["figures"][name] for name in ("auc", "log_loss", "ece")}
        found |= {
            "realised_churn": last["churned"],
            "predicted_churn": last["risk"],
            "realised_value_ratio": last["ratio"],
        }
    return {name: float(x) for name, x in found.items() if x is not None}


def prometheus(told: Mapping[str, Any]) -> str:
    """The gauges as the text file that a node exporter collects."""
    lines = []
    for name, x in gauges(told).items():
        lines += [f"# TYPE holdfast_monitor_{name} gauge", f"holdfast_monitor_{name} {x:g}"]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
