"""The flow between stages as a picture: a column of stages per date, bands between. HTML to explore, PNG to show."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from features import whole_files
from features.groups.lifecycle import ABSENT, Flow

WIDTH, SPACE = 0.09, 0.012  # of a stage's box against the distance of dates; between boxes against all users
PALETTE = ["#94a3b8", "#7f1d1d", "#b91c1c", "#f87171", "#8b5cf6", "#0ea5e9", "#f59e0b", "#a8a29e", "#0f766e", "#22c55e"]
LAST = "#d9f99d"


def colours(stages: Sequence[str]) -> dict[str, str]:
    """A colour for every stage, and grey for users not known yet."""
    return {name: PALETTE[place] if place < len(PALETTE) else LAST for place, name in enumerate(stages)} | {
        ABSENT: "#e5e7eb"
    }


def png(flows: Sequence[Flow], labels: Mapping[str, str], file: Path) -> None:
    """Draw the flows between consecutive dates. labels: what the stages, in their order, are called."""
    order, paint = [*labels, ABSENT], colours(list(labels))
    dates = [flows[0].begin, *(flow.end for flow in flows)]
    total = max(sum(flow.counts.values()) for flow in flows)
    boxes = [_boxes(_sums(flows, place), order, total) for place in range(len(dates))]
    figure = Figure(figsize=(3.2 + 2.6 * len(flows), 7.5), layout="constrained")
    axes = figure.subplots()
    for place, flow in enumerate(flows):
        _bands(axes, flow, place, boxes[place], boxes[place + 1], order, paint, total)
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


def html(flows: Sequence[Flow], labels: Mapping[str, str], file: Path) -> None:
    """The same as a page with its script inside: hover for numbers, drag to rearrange."""
    import plotly.graph_objects as go

    order, paint = [*labels, ABSENT], colours(list(labels))
    dates = [flows[0].begin, *(flow.end for flow in flows)]
    nodes = [(place, name) for place in range(len(dates)) for name in order if _sums(flows, place).get(name)]
    index = {node: number for number, node in enumerate(nodes)}
    links = [
        (index[place, a], index[place + 1, b], count, paint[a])
        for place, flow in enumerate(flows)
        for (a, b), count in flow.counts.items()
    ]
    sankey = go.Sankey(
        arrangement="snap",
        node={
            "label": [labels.get(name, name) for _, name in nodes],
            "color": [paint[name] for _, name in nodes],
            "customdata": [f"{dates[place]:%Y-%m-%d}" for place, _ in nodes],
            "hovertemplate": "%{label}, %{customdata}: %{value:,}<extra></extra>",
            "x": [0.001 + 0.998 * place / max(len(flows), 1) for place, _ in nodes],
            "pad": 12,
        },
        link={
            "source": [a for a, _, _, _ in links],
            "target": [b for _, b, _, _ in links],
            "value": [count for _, _, count, _ in links],
            "color": [_faint(colour) for _, _, _, colour in links],
            "hovertemplate": "%{source.label} → %{target.label}: %{value:,}<extra></extra>",
        },
    )
    title = "Flow between lifecycle stages: " + " → ".join(f"{at:%Y-%m-%d}" for at in dates)
    page = go.Figure(sankey, {"title": {"text": title}}).to_html(include_plotlyjs=True, full_html=True)
    whole_files.write_text(file, page)


def _sums(flows: Sequence[Flow], place: int) -> dict[str, int]:
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


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.4)"
