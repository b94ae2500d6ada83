"""Features that a cutoff's users share are left out only where the closed windows went better without them."""

from datetime import datetime

import numpy as np
import pytest

from training.fit.base_features import WITHOUT, choose, ways
from training.fit.closed_windows import Past, Way, try_ways
from training.models import boost


def past(*losses):
    """Two cutoffs with these mean losses: of all columns, without base rate, without season, without both."""
    one = {name: np.full(100, loss) for name, loss in zip(("all", *WITHOUT), losses, strict=True)}
    return tuple(Past(datetime(2024, 1, k), np.arange(100), np.zeros(100), one, {}) for k in (1, 2))


@pytest.mark.parametrize(
    ("losses", "left"),
    [
        ((0.5, 0.5, 0.5, 0.5), ()),
        ((0.5, 0.49, 0.51, 0.495), ("base_churn_rate",)),
        ((0.5, 0.55, 0.49, 0.5), ("season_sin", "season_cos")),
        ((0.5, 0.49, 0.49, 0.48), ("base_churn_rate", "season_sin", "season_cos")),
        ((0.5, 0.4970, 0.4965, 0.4975), ()),  # less than is worth it
    ],
)
def test_those_without_which_it_went_best_are_left_out(losses, left):
    found = choose(past(*losses))
    assert found.left_out == left and found.plain()["left_out"] == list(left)


def test_what_changed_nothing_is_not_told_as_tried():
    assert choose(past(0.5, 0.5, 0.5, 0.5)).changes == {}
    assert set(choose(past(0.5, 0.49, 0.5, 0.5)).changes) == {"without base rate"}


def test_a_column_left_out_is_never_split_on(rows_of):
    rng = np.random.default_rng(1)
    at, x = np.repeat(np.arange(6), 200), rng.normal(size=1200)
    cutoffs = [datetime(2024, 1, 1 + 4 * k) for k in range(6)]
    rows = rows_of(churned=x > 0, cutoff=at, cutoffs=cutoffs, base_churn_rate=x, y=rng.normal(size=1200))
    names = ["base_churn_rate", "y"]
    (way,) = ways(names, Way(settings={"rounds": 20})).values()  # no season's columns, so only one
    matrix = rows.matrix(names)
    given = {"window": cutoffs[1] - cutoffs[0], "ways": {"all": Way(), "without": way}, "seed": 7, "threads": 1}
    last = try_ways(rows, boost.dataset(matrix, names), matrix, **given)[-1]
    assert last.loss["all"].mean() < 0.1 and last.loss["without"].mean() > 0.5
