"""Fewer cutoffs are learned from only where the closed windows say so, and then the newest ones."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from training.fit.closed_windows import Past
from training.fit.history import choose, newest, ways

START = datetime(2024, 1, 1)
SIZES = ("newest 12", "newest 8", "newest 4", "newest 2")


def past(*tables):
    """One cutoff a table: mean losses of all, and of the newest 12, 8, 4 and 2."""
    ripple = np.tile([0.01, -0.01], 200)
    return tuple(
        Past(
            START + timedelta(days=k),
            np.arange(400),
            np.zeros(400),
            {
                name: loss + (ripple if name != "all" else 0 * ripple)
                for name, loss in zip(("all", *SIZES), one, strict=True)
            },
            {},
        )
        for k, one in enumerate(tables)
    )


@pytest.mark.parametrize(
    ("tables", "kept"),
    [
        ([(0.42, 0.421, 0.422, 0.426, 0.43)] * 3, None),  # nothing moves: all of them
        ([(0.40, 0.36, 0.33, 0.306, 0.32)] * 3, 4),  # users changed
        ([(0.42, 0.418, 0.417, 0.419, 0.42)] * 3, None),  # better by less than is worth the rows
        ([(0.40, 0.38, 0.36, 0.33, 0.30)] * 2 + [(0.40, 0.40, 0.41, 0.42, 0.43)], None),  # it is over again
        ([], None),
    ],
)
def test_the_best_of_the_clearly_better_numbers_is_taken(tables, kept):
    assert choose(past(*tables)).cutoffs == kept


def test_it_tells_what_each_would_have_done():
    told = choose(past(*[(0.40, 0.36, 0.33, 0.306, 0.32)] * 3)).plain()
    assert told["applied"] == "newest 4" and told["log_loss_change"]["newest 2"] == pytest.approx(-0.08)
    assert told["cutoffs"] == ["2024-01-01T00:00", "2024-01-02T00:00", "2024-01-03T00:00"]
    assert choose(()).plain() == {"cutoffs": [], "log_loss_change": {}, "standard_error": {}, "applied": None}


def test_what_was_not_tried_is_not_told_as_a_change_of_nothing():
    loss = np.full(400, 0.4)
    same = Past(START, np.arange(400), np.zeros(400), {"all": loss, "newest 4": loss, "newest 2": loss - 0.01}, {})
    assert set(choose((same,)).changes) == {2}


def test_the_newest_rows_keep_what_they_are(rows_of):
    cutoffs = [START + timedelta(days=7 * k) for k in range(6)]
    rows = rows_of(churned=np.tile([0, 1], 6), cutoff=np.repeat(np.arange(6), 2), cutoffs=cutoffs, x=np.arange(12.0))
    kept = newest(rows, 2)
    assert kept.cutoffs == tuple(cutoffs[4:]) and kept.cutoff.tolist() == [0, 0, 1, 1]
    assert kept.features["x"].tolist() == [8, 9, 10, 11] and len(kept.user_id) == 4 and len(kept.observed) == 2
    assert newest(rows, None) is rows and newest(rows, 6) is rows
    assert list(ways(rows)) == ["all", "newest 4", "newest 2"]
