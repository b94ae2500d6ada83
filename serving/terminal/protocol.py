"""Shows the protocol of a run before it runs: what the models will learn from, and how."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from features.user_base import UserBase
from serving.terminal.console import say
from training.fit.protocol import Protocol, plan
from training.models.churn import SEASONAL_DAYS


def show_protocols(base: UserBase, at: Sequence[datetime]) -> None:
    """Print how the models for the given moments will learn."""
    for protocol in plan(base, at):
        for line in lines(protocol):
            say(line)


def lines(protocol: Protocol) -> list[str]:
    """A protocol in words, one line a decision."""
    one, first = protocol, f"protocol for predictions at {protocol.at:%Y-%m-%d %H:%M}"
    if not one.cutoffs:
        return [f"{first}: no label window closes by then, nothing to learn from"]
    span = one.cutoffs[-1] - one.cutoffs[0]
    apart = f", {one.spacing:g} days (H/4) apart" if len(one.cutoffs) > 1 else ""
    jumps = [(late - early).days > max(60, 3 * one.spacing) for early, late in pairwise(one.cutoffs)]
    if any(jumps):
        apart += f", {jumps.index(True) + 1} of them around the same season a year earlier"
    begin = f"cutoff + {one.gap:g} days" if one.gap else "cutoff"
    end = f"cutoff + {one.gap + one.horizon:g} days"
    sampled = "all of them" if one.share >= 1 else f"a sample of {one.share:.1%} of the users"
    between = f"from {one.cutoffs[0]:%Y-%m-%d %H:%M} to {one.cutoffs[-1]:%Y-%m-%d %H:%M}"
    return [
        f"{first}:",
        f"  cutoffs: {len(one.cutoffs)}, {between}{apart}",
        f"  label: no activity in [{begin}, {end}); every window closes by {one.at:%Y-%m-%d %H:%M}",
        f"  rows: {one.rows:,} of users active in the {one.eligible:g} days before a cutoff, {sampled}",
        "  weights: "
        + (
            "rows of the same season count most"
            if one.season
            else f"none, the cutoffs span {span.days} days and seasons need more than {SEASONAL_DAYS}"
        ),
        f"  features: {one.columns} columns",
    ]
