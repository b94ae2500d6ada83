"""A funnel as a picture: a bar per step, and beside them the groups that diverge most, with their intervals."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from features import whole_files
from features.groups.group_differences import Divergence

SHOWN = 15
SURE, UNSURE = "#0f766e", "#a8a29e"


def png(
    steps: Sequence[tuple[str, int, int, float | None]],
    differences: Sequence[tuple[Divergence, bool]],
    when: str,
    file: Path,
) -> None:
    """Draw it. steps: name, who could take it, who took it, their share. differences: differences, largest first, and
    whether they are significant. when: the window in words."""
    figure = Figure(figsize=(13, max(4.2, 0.36 * min(len(differences), SHOWN) + 1.6, 0.5 * len(steps) + 1.6)))
    figure.set_layout_engine("constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    _bars(left, steps)
    left.set_title(f"Funnel of {when}", loc="left")
    if differences:
        _dots(right, differences[:SHOWN])
    else:
        right.text(0.5, 0.5, "no groups to compare", ha="center", va="center", color="#57534e")
        right.set_axis_off()
    whole_files.write(file, lambda part: figure.savefig(part, format="png", dpi=110, metadata={"Software": None}))


def _bars(axes: Any, steps: Sequence[tuple[str, int, int, float | None]]) -> None:
    widest = max(1, *(took for _, _, took, _ in steps))
    axes.barh(range(len(steps)), [took for _, _, took, _ in steps], color=SURE, height=0.62)
    for place, (_, _, took, rate) in enumerate(steps):
        share = "" if rate is None else f"  {rate:.0%} of {'users' if place == 0 else 'the step before'}"
        axes.text(took + widest * 0.015, place, f"{took:,}{share}", va="center", fontsize=9)
    axes.set_yticks(range(len(steps)), [step for step, _, _, _ in steps])
    axes.set(ylim=(len(steps) - 0.4, -0.6), xlim=(0, widest * 1.5), xticks=[])
    axes.spines[["top", "right", "bottom"]].set_visible(False)


def _dots(axes: Any, differences: Sequence[tuple[Divergence, bool]]) -> None:
    for sure, colour in ((True, SURE), (False, UNSURE)):
        mine = [(place, one) for place, (one, is_sure) in enumerate(differences) if is_sure is sure]
        if mine:
            at, ones = [place for place, _ in mine], [one for _, one in mine]
            reach = [[one.difference - one.low for one in ones], [one.high - one.difference for one in ones]]
            label = "significant" if sure else "may be chance"
            style = {"fmt": "o", "ms": 5, "lw": 1.6, "color": colour}
            axes.errorbar([one.difference for one in ones], at, xerr=reach, label=label, **style)
    axes.axvline(0, color="#d6d3d1", lw=1, zorder=0)
    names = [f"{one.step}: {one.attribute} = {_short(one.group)}  ({one.users:,})" for one, _ in differences]
    axes.set_yticks(range(len(differences)), names, fontsize=9)
    axes.set_ylim(len(differences) - 0.5, -0.5)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_title("Share that takes the step, against all other users", loc="left")
    axes.set_xlabel("difference in points, with its interval for all comparisons at once")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, axis="x")
    axes.legend(frameon=False, fontsize=9)


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
