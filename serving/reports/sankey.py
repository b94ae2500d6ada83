"""The flow between stages as a picture to show: a column of stages per date, bands between; as a page: flow_page.py."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from features import whole_files
from features.groups.lifecycle import ABSENT, Flow
from serving.charts.stages import COLOURS, classes
from serving.charts.stages import order as stage_order

WIDTH, SPACE = 0.09, 0.012  # of a stage's box against the distance of dates; between boxes against all users


def colours(stages: Sequence[str]) -> dict[str, str]:
    """A colour for every stage, as on the pages, and grey for users not known yet."""
    return {name: COLOURS[cls] for name, cls in classes(stages).items()}


def order(flows: Sequence[Flow], names: Iterable[str]) -> list[str]:
    """The named stages as they stand below each other, any other that has users, and ABSENT."""
    found = dict.fromkeys([*names, *(name for flow in flows for pair in flow.counts for name in pair)])
    return [*stage_order(name for name in found if name != ABSENT), ABSENT]


def png(flows: Sequence[Flow], labels: Mapping[str, str], file: Path) -> None:
    """Draw the flows between consecutive dates. labels: what the stages are called."""
    stages = order(flows, labels)
    paint = colours(stages[:-1])
    dates = [flows[0].begin, *(flow.end for flow in flows)]
    total = max(sum(flow.counts.values()) for flow in flows)
    boxes = [_boxes(sums(flows, place), stages, total) for place in range(len(dates))]
    figure = Figure(figsize=(3.2 + 2.6 * len(flows), 7.5), layout="constrained")
    axes = figure.subplots()
    for place, flow in enumerate(flows):
        _bands(axes, flow, place, boxes[place], boxes[place + 1], stages, paint, total)
    for place, column in enumerate(boxes):
        for name, (low, high) in column.items():
            axes.add_patch(Rectangle((place - WIDTH / 2, low), WIDTH, high - low, color=paint[name], lw=0))
            if high - low > 0.012:
                text = f"{labels.get(name, name)} {round((high - low) * total):,}"
                axes.text(place + WIDTH * 0.62, (low + high) / 2, text, va="center", fontsize=8)
    axes.set(xlim=(-0.12, len(dates) - 1 + 0.62), ylim=(max(top for _, top in _last(boxes)) + 0.01, -0.01))
    axes.set_xticks(range(len(dates)), [f"{at:%Y-%m-%d}" for at in dates])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_title("Flow between lifecycle stages", loc="left")
    whole_files.write(file, lambda part: figure.savefig(part, format="png", dpi=110, metadata={"Software": None}))


def sums(flows: Sequence[Flow], place: int) -> dict[str, int]:
    """Users by stage at a date, those not known yet among them."""
    flow, end = (flows[place], 0) if place < len(flows) else (flows[-1], 1)
    sums: dict[str, int] = {}
    for pair, count in flow.counts.items():
        sums[pair[end]] = sums.get(pair[end], 0) + count
    return sums


def _boxes(sums: Mapping[str, int], order: Sequence[str], total: int) -> dict[str, tuple[float, float]]:
    """Where each stage's box begins and ends, downwards, as shares of all users."""
    boxes, low = {}, 0.0
    for name in order:
        if sums.get(name):
            boxes[name] = (low, low + sums[name] / total)
            low = boxes[name][1] + SPACE
    return boxes


def _last(boxes):
    return [max(column.values(), key=lambda box: box[1]) for column in boxes]


def _bands(
    axes, flow: Flow, place: int, left, right, order: Sequence[str], paint: Mapping[str, str], total: int
) -> None:
    starts = {name: low for name, (low, _) in left.items()}
    ends = {name: low for name, (low, _) in right.items()}
    x = np.linspace(0, 1, 30)
    bend = 3 * x**2 - 2 * x**3
    for a in order:
        for b in order:
            height = flow.counts.get((a, b), 0) / total
            if height:
                low = starts[a] + (ends[b] - starts[a]) * bend
                across = place + WIDTH / 2 + x * (1 - WIDTH)
                axes.fill_between(across, low, low + height, color=paint[a], alpha=0.35, lw=0)
                starts[a] += height
                ends[b] += height
