"""Shows what corrections of the churn risk would have done, and how far off the last closed windows were."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from serving.terminal.console import console, say
from training.trained_model import Bundle

LAST = 4  # windows whose bias is shown: one horizon of cutoffs


def show_calibration(bundle: Bundle) -> None:
    """The corrections tried while a bundle was trained, the one applied if any, and the bias of the last windows."""
    found: Mapping[str, Any] = bundle.metrics["calibration"]
    if not found["cutoffs"]:
        say("calibration: no correction; too few windows have closed to tell whether one would help")
        return
    table = Table(title="Corrections of the churn risk, tried out of time", title_justify="left")
    for heading in ("correction", "change of log loss", "helped at"):
        table.add_column(heading, justify="left" if heading == "correction" else "right")
    for name, change in found["log_loss_change"].items():
        table.add_row(name, f"{change:+.4f}", f"{found['helped_at'][name]} of {found['cutoffs']} cutoffs")
    console().print(table)
    applied = found["applied"]
    say(f"calibration: {applied} is applied, it helped" if applied else "calibration: none is applied, none helped")
    last = list(found["bias"].items())[-LAST:]
    biases = ", ".join(f"{at.removesuffix('T00:00')} {100 * one:+.1f}" for at, one in last)
    say(f"bias of the last closed windows, predicted less observed churn in points: {biases}")
