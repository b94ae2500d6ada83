"""The cuts of layers, kept: worked out from everybody once, so that a group means the same next month."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from features.build import known
from features.build.look_up import look_up, prepare
from features.config.layer_rules import Layer, load_cuts, save_cuts, work_out
from features.user_base import UserBase

CUTS, ACTIVE = "cuts.json", "active_total"  # ACTIVE: cuts come from those who were ever active


def kept_cuts(base: UserBase, at: datetime, layers: Sequence[Layer], folder: Path) -> dict[str, float]:
    """The cuts of the layers: those kept in the folder; the others are worked out as of the date, and kept there.

    Everybody is looked up where, and only where, a cut is missing. Raises BadInput where the kept ones cannot be read.
    """
    kept = load_cuts(folder / CUTS)
    tests = [test for layer in layers for test in layer.tests if test.cut]
    missing = list(dict.fromkeys(test.comparison.name for test in tests if test.key not in kept))
    if not missing:
        return kept
    users = base.con.to_pyarrow(known(base, at).order_by("user_id"))
    values = look_up(base, at, users, prepare(base, [ACTIVE, *missing]))
    cuts = work_out(layers, values, values[ACTIVE] > 0, kept)
    save_cuts(folder / CUTS, cuts, at.isoformat())
    return cuts
