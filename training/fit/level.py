"""What a model learns from, chosen at the newest closed windows: how many cutoffs, and which of the shared features."""

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from features.config import Config
from features.engine.duckdb_session import threads
from training.fit import base_features, drift, history
from training.fit.base_features import Shared
from training.fit.closed_windows import Way, try_ways
from training.fit.drift import Newest
from training.fit.history import History
from training.models import boost, monotone
from training.rows import text_codes
from training.rows.labels import window
from training.rows.spine import Rows, by_calendar
from training.rows.text_codes import Encodings


@dataclass(frozen=True)
class Learned:
    """Rows with their features: names in order, plain matrix and binned data."""

    rows: Rows
    names: tuple[str, ...]
    matrix: np.ndarray
    data: lgb.Dataset


@dataclass(frozen=True)
class Ground:
    """kept: what the boosters learn from. every: the same features at all cutoffs, to try corrections at. held: the
    churn model's monotone settings. history, shared, newest: what was chosen and seen at the closed windows."""

    kept: Learned
    every: Learned
    encodings: Encodings
    held: dict[str, Any]
    history: History
    shared: Shared
    newest: Newest | None

    def plain(self) -> dict[str, Any]:
        """As JSON holds it, by what was chosen."""
        return {
            "history": self.history.plain(),
            "shared_features": self.shared.plain(),
            "drift": self.newest.plain() if self.newest else None,
        }


def ground(config: Config, learn: Rows) -> Ground:
    """Choose what to learn from. Only rows whose windows had closed are asked, each cutoff by what was known then."""
    everything = list(learn.features)
    encodings = text_codes.fit(learn.features, learn.user_id, config.train.least_count)
    names = boost.varying(everything, learn.matrix(everything, encodings))
    every, held = _learned(learn, names, encodings), monotone.settings(config, names, encodings)
    like = Way(settings=held)
    ways = {name: Way(way.cutoffs, held) for name, way in history.ways(learn).items()}
    given = {"seed": config.train.seed, "threads": threads(config)}
    shown = by_calendar(config, learn)
    past = try_ways(shown, every.data, every.matrix, window(config), ways | base_features.ways(names, like), **given)
    found, shared = history.choose(past), base_features.choose(past)
    if shared.left_out:
        names = [name for name in names if name not in shared.left_out]
        every, held = _learned(learn, names, encodings), monotone.settings(config, names, encodings)
    encodings = {name: texts for name, texts in encodings.items() if name in names}
    kept = _learned(history.newest(learn, found.cutoffs), names, encodings) if found.cutoffs else every
    return Ground(kept, every, encodings, held, found, shared, drift.newest(past))


def _learned(rows: Rows, names: list[str], encodings: Encodings) -> Learned:
    matrix = rows.matrix(names, encodings)
    return Learned(rows, tuple(names), matrix, boost.dataset(matrix, names))
