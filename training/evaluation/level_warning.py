"""What a person must know before acting on the level of a model's risks or values: where it was off, and why perhaps.

A model may rank users well and still be off in level. It is promoted then, since the order is what campaigns need, but
never without these words.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isfinite

from features.catalogue.feature import WHOLE_YEAR
from features.config import Config
from training.evaluation.backtest import Result
from training.evaluation.slices import OFF, Slice, group_names, weakest

UNSEEN = 0.5  # of the test window's days; above it, the season was not seen
POINTS = 0.01  # a bias of the risk below this is not worth a word, however many users it is measured on


def warnings(config: Config, result: Result) -> tuple[str, ...]:
    """In plain words: the bias of the risk and of the value total in the model's own backtest, where beyond noise; then
    the season it had not seen and the groups that were off. Empty where the level held."""
    everybody = next((one for one in result.slices if one.by == "all"), None)
    found = [*_risk(everybody), *_value(result)] if everybody else []
    if not found:
        return ()
    about = result.bundle.trained_on
    learned = [datetime.fromisoformat(at) for at in about["cutoffs"]]
    days = float(about["protocol"]["label_window_days"])
    return (*found, *_season(learned, result.as_of, days), *_groups(config, result.slices))


def unseen(learned: Sequence[datetime], at: datetime, days: float) -> float:
    """The share of the label window's days that lie in no label window learned from, a whole number of years before.

    learned: the cutoffs learned from. days: how long a label window is.
    """
    count = max(round(days), 1)
    dates = [at + timedelta(days=days * (k + 0.5) / count) for k in range(count)]

    def seen(date: datetime) -> bool:
        years = range(1, max(int((date - min(learned)).days // WHOLE_YEAR), 0) + 1)
        back = [date - timedelta(days=WHOLE_YEAR * year) for year in years]
        return any(one <= day < one + timedelta(days=days) for one in learned for day in back)

    return sum(not seen(date) for date in dates) / count if learned else 1.0


def _risk(everybody: Slice) -> list[str]:
    if everybody.risk is None or everybody.churned is None or abs(everybody.off) <= OFF:
        return []
    by = everybody.risk - everybody.churned
    if abs(by) <= POINTS:
        return []
    return [
        f"level of risk off in its own backtest: {everybody.risk:.1%} predicted to churn, {everybody.churned:.1%} did "
        f"({100 * by:+.1f} points, beyond noise)"
    ]


def _value(result: Result) -> list[str]:
    ratio = result.value_comparison.figures.get("holdfast", {}).get("sum_ratio")
    low, high = result.value_comparison.intervals.get("holdfast", {}).get("sum_ratio", (float("nan"), float("nan")))
    if ratio is None or not isfinite(low + high) or low <= 1 <= high:
        return []
    tiers = [
        f"{one.group} {one.value_predicted / one.value_actual:.2f}"
        for one in result.slices
        if one.by == "tier" and one.value_predicted is not None and one.value_actual and one.value_actual > 0
    ]
    return [
        f"value total off in its own backtest: {ratio:.2f} of what came was predicted (95 % interval {low:.2f} to "
        f"{high:.2f})" + (f"; by tier {', '.join(tiers)}" if tiers else "")
    ]


def _season(learned: Sequence[datetime], at: datetime, days: float) -> list[str]:
    share = unseen(learned, at, days)
    if share <= UNSEEN:
        return []
    end = at + timedelta(days=days)
    return [
        f"season not seen: {share:.0%} of the days from {at:%d %B} to {end:%d %B} lie in no window of an earlier year "
        "that it learned from"
    ]


def _groups(config: Config, slices: Sequence[Slice]) -> list[str]:
    _, off = weakest(slices)
    names = group_names(config)
    said = "; ".join(
        f"{one.by} {names.get((one.by, one.group), one.group)} ({one.risk:.1%} predicted, {one.churned:.1%} churned)"
        for one in off
    )
    return [f"groups furthest off: {said}"] if said else []
