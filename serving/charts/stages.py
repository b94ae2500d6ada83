"""How lifecycle stages are painted and in which order they stand, wherever a person sees them."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from features.groups.lifecycle import ABSENT
from serving.charts.svg import tag

# Best first; those who left in the order in which they did. These are the colours on paper and in pictures; pages take
# them by class from charts.css, which has others for the dark.
OURS = {
    "loyal": "#0b5d56",
    "active": "#2a9d7f",
    "new": "#3b82c4",
    "resurrected": "#7c5cc4",
    "potential": "#b8a03a",
    "at_risk": "#e08a1e",
    "inactive": "#a39a8f",
    "lapsed_1": "#e2745f",
    "lapsed_2": "#c0402f",
    "lapsed_3": "#7e2018",
    "prospect": "#94a0ad",
}
# For the stages of a list with any other: by place, whatever they are called.
NUMBERED = (*OURS.values(), "#c05c93")
COLOURS = {
    **{f"stage-{name}": colour for name, colour in OURS.items()},
    **{f"stage-n{place}": colour for place, colour in enumerate(NUMBERED)},
    "stage-absent": "#d3d8dc",
}


def order(stages: Iterable[str]) -> list[str]:
    """Stages as charts and tables stand: ours from the best down, lapsed ones by step; others as they were written."""
    stages = list(stages)

    def place(name: str) -> tuple[int, int]:
        first, _, step = name.partition("_")
        lapsed = first == "lapsed" and step.isdecimal()
        return list(OURS).index("lapsed_1" if lapsed else name), int(step) if lapsed else 0

    try:
        return sorted(stages, key=lambda name: (name == "prospect", place(name)))
    except ValueError:  # not one of ours
        return stages


def classes(stages: Sequence[str]) -> dict[str, str]:
    """Stage → its class of charts.css, ABSENT's too. stages: all that are configured, since one that is not ours makes
    all of them be painted by their place."""
    own = all(name in OURS for name in stages)
    numbered = {name: f"n{place % len(NUMBERED)}" for place, name in enumerate(order(stages))}
    return {name: f"stage-{name if own else numbered[name]}" for name in stages} | {ABSENT: "stage-absent"}


def swatch(cls: str) -> Markup:
    """A small square of a colour, to stand before the name of what has it."""
    return tag("span", cls=f"swatch {cls}", aria_hidden="true")
