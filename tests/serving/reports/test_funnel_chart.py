"""The funnel as a picture: what a person sees in it is measured in its pixels."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from features.groups.group_differences import Divergence
from serving.reports import funnel_chart

STEPS = [("visit", 1000, 800, 0.8), ("cart", 800, 200, 0.25), ("pay", 200, 0, 0.0)]
FOUND = [(Divergence("cart", "plan", f"g{n} " * 20, 200, 0.3, 600, 0.2, -0.02, 0.2, 0.04), n < 3) for n in range(20)]


def spans(picture, colour, least):
    """Where bars or lines of a colour stand in a picture, top to bottom: the first and last column of each that has at
    least so many pixels."""
    is_it = (np.abs(imread(picture)[:, :, :3] - to_rgb(colour)) < 0.02).all(axis=2)
    runs = [max(_runs(line), key=lambda run: run[1] - run[0], default=(0, 0)) for line in is_it]
    long = [end - begin >= least for begin, end in runs]
    return [run for at, run in enumerate(runs) if long[at] and not (at and long[at - 1])]


def _runs(line):
    """First and last column of every unbroken stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(int)))
    return [(begin, end - 1) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize(("steps", "found"), [(STEPS, FOUND), (STEPS, []), ([("visit", 0, 0, None)] * 2, FOUND[:1])])
def test_the_picture_is_a_png_and_nothing_else_is_left(tmp_path, steps, found):
    funnel_chart.png(steps, found, "30 days", tmp_path / "funnel.png")
    assert (tmp_path / "funnel.png").read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["funnel.png"]


@pytest.mark.parametrize("took", [(800, 200, 0), (800, 800, 400), (40, 30, 10)])
def test_bars_are_as_long_as_the_users_who_took_the_step(tmp_path, took):
    steps = [(f"s{n}", 1000, count, 0.5) for n, count in enumerate(took)]
    funnel_chart.png(steps, [], "30 days", tmp_path / "funnel.png")
    bars = spans(tmp_path / "funnel.png", funnel_chart.SURE, 20)
    assert len(bars) == sum(count > 0 for count in took)
    lengths = [end - begin for begin, end in bars]
    assert lengths[0] > 100 and len({begin for begin, _ in bars}) == 1
    shares = [count / took[0] for count in took if count]
    assert [length / lengths[0] for length in lengths] == pytest.approx(shares, abs=0.01)


def test_dots_stand_at_their_difference_within_their_interval(tmp_path):
    at = {"difference": (-0.2, 0.0, 0.4), "low": (-0.3, -0.1, 0.3), "high": (-0.1, 0.1, 0.5)}
    rates = zip(*at.values(), strict=True)
    found = [(Divergence("cart", "plan", "g", 99, 0.5 + d, 99, 0.5, low, high, 0.1), False) for d, low, high in rates]
    funnel_chart.png([("visit", 1000, 800, 0.8)], found, "30 days", tmp_path / "funnel.png")
    lines = spans(tmp_path / "funnel.png", funnel_chart.UNSURE, 60)
    widths = [end - begin for begin, end in lines]
    assert widths == pytest.approx([widths[0]] * 3, abs=3)
    # They are 0.2 wide; the second begins 0.2 right of the first, the third 0.4 right of the second.
    assert np.diff([begin for begin, _ in lines]) == pytest.approx([widths[0], 2 * widths[0]], abs=3)
