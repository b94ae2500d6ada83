"""Which features may only raise the churn risk, or only lower it, where ``[train] monotone = true``."""

from collections.abc import Collection, Sequence
from typing import Any

from features.catalogue.feature import NAMED
from features.config import Config

# By feature, without its window. Only what is beyond doubt: a longer silence is never good news, in any unit or ratio,
# and more activity is never bad news. Tenure, gaps, money and messages are left out: their meaning depends on the rest.
DIRECTIONS = {
    "days_since_active": 1,
    "days_since_order": 1,
    "days_since_event": 1,
    "silence_ratio": 1,
    "silence_to_median": 1,
    "silence_to_longest": 1,
    "silence_to_shrunk": 1,
    "silence_score": 1,
    "silence_share": 1,
    "active_count": -1,
    "active_days": -1,
    "active_decayed": -1,
    "gaps_longer_share": -1,
    "return_share": -1,
    "return_share_shrunk": -1,
}


def settings(config: Config, names: Sequence[str], text: Collection[str] = ()) -> dict[str, Any]:
    """LightGBM's constraints for boosters of churn on these columns; none where ``train.monotone`` is off.

    text: columns of text codes, whose order means nothing: they are never constrained. Neither are missing values.
    """
    if not config.train.monotone:
        return {}
    return {"monotone_constraints": [0 if name in text else direction(name) for name in names]}


def direction(name: str) -> int:
    """1 where the risk may only rise with this column, −1 where it may only fall, 0 where it may do either."""
    match = NAMED.match(name)
    return DIRECTIONS.get(name) or DIRECTIONS.get(match["name"] if match else name, 0)
