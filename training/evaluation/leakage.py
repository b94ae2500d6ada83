"""The leak alarm: names what looks too good to have been known at the cutoff, and where to look.

There are three signs. First, one feature alone separates users who churned from those who stayed. Second, everybody at
one end of a feature stayed, or churned, although a baseline on recency, frequency and money expected both: so it looks
when a feature peeks a day past the cutoff, which gives away only the few users who came on that day. Third, the AUC
collapses at the next cutoff. An alarm is no proof: users with a yearly contract are sure to stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from training.models import boost
from training.models.calibration import to_rate
from training.rows.spine import PER_HORIZON, Rows
from training.trained_model import Bundle

SEPARATES, IMPOSSIBLE = 0.95, 0.99  # AUC of one feature: above the first it is named, above the second, no promotion
FALL = 0.1  # an alarming fall of the AUC from the last training cutoff to the test cutoff
SURE_USERS, SURPRISE, DOUBT = 30, 20.0, 0.05  # least users, −log probability, and mean chance of the other outcome
MOST_ROWS = 20_000  # more would show nothing new
LOOK = "look whether its rows are known before the cutoff: late columns, refunds, a table without its known_at"


@dataclass(frozen=True)
class Alarm:
    """One sign of a leak.

    name: a feature, or 'model'. figure: the AUC of the feature, −log probability of a group so uniform, or the fall of
    the AUC. text: what was seen, and where to look.
    """

    name: str
    kind: Literal["separates", "sure", "falls"]
    figure: float
    text: str

    @property
    def refuses(self) -> bool:
        """Whether the alarm forbids promotion."""
        return self.kind == "separates" and self.figure > IMPOSSIBLE


def alarms(
    bundle: Bundle, learn: Rows, test: Rows, risk: np.ndarray, plain: np.ndarray, threads: int = 0
) -> list[Alarm]:
    """Every alarm of a model, the strongest of each kind first.

    learn: the rows it was trained on. test: the rows of the next closed cutoff. risk: the model's churn risk for these;
    plain: that of a baseline on recency, frequency and money alone.
    """
    names, encodings = bundle.features, bundle.encodings
    matrix = learn.matrix(names, encodings)
    found = separating(names, matrix, learn.churned, tuple(encodings))
    found += sure(names, test.matrix(names, encodings), test.churned, own_rate(plain, test.churned))
    before = others(learn, matrix, bundle.config["train"]["seed"], threads)
    return found + falling(*before, risk, test.churned)


def others(learn: Rows, matrix: np.ndarray, seed: int, threads: int) -> tuple[np.ndarray, np.ndarray]:
    """Churn risk and outcome of a third of the users at the last training cutoff, by a model of the other two thirds at
    the last four cutoffs: how well a model predicts unseen users of the same days."""
    recent = learn.cutoff > learn.cutoff.max() - PER_HORIZON
    _, user = np.unique(learn.user_id.to_numpy(zero_copy_only=False), return_inverse=True)
    mine = user % max(int(recent.sum()) // MOST_ROWS, 1) == 0
    other = user // max(int(recent.sum()) // MOST_ROWS, 1) % 3 > 0
    train, ask = recent & mine & other, (learn.cutoff == learn.cutoff.max()) & mine & ~other
    if not train.any() or not ask.any():
        return np.empty(0), np.empty(0)
    data = boost.dataset(matrix[train], [f"f{k}" for k in range(matrix.shape[1])])
    text = boost.fit("binary", data, learn.churned[train], seed=seed, threads=threads)
    return boost.predict(text, matrix[ask], threads), learn.churned[ask]


def separating(names: Sequence[str], matrix: np.ndarray, churned: np.ndarray, texts: Sequence[str] = ()) -> list[Alarm]:
    """The features with an AUC above .95 on their own, in either direction. texts: features that are text codes."""
    step = max(len(matrix) // MOST_ROWS, 1)
    matrix, churned, found = matrix[::step], churned[::step], []
    for name, column in zip(names, matrix.T, strict=True):
        if name in texts:
            column = _rates(column, churned)
        figure = auc(np.nan_to_num(column, nan=-np.inf), churned)
        figure = max(figure, 1 - figure)
        if figure > SEPARATES:
            text = f"{name} alone separates who churned from who stayed (AUC {figure:.3f})"
            found.append(Alarm(name, "separates", figure, f"{text}; {LOOK}"))
    return sorted(found, key=lambda alarm: -alarm.figure)


def sure(names: Sequence[str], matrix: np.ndarray, churned: np.ndarray, plain: np.ndarray) -> list[Alarm]:
    """The features where all users at one end, or all with a null, ended alike, which ``plain`` did not expect."""
    found, chance = [], np.clip(plain, 1e-3, 1 - 1e-3)
    for name, column in zip(names, matrix.T, strict=True):
        groups = []
        for where, group in _pure(column, churned):
            outcome = churned[group[0]]
            other = chance[group] if outcome == 0 else 1 - chance[group]
            surprise = float(-np.log1p(-other).sum())
            if len(group) >= SURE_USERS and surprise > SURPRISE and other.mean() > DOUBT:
                ended = "churned" if outcome else "stayed"
                text = f"all {len(group):,} users with {name} {where} {ended}, of whom {other.mean():.0%} were not to"
                groups.append(Alarm(name, "sure", surprise, f"{text}; {LOOK}"))
        found += sorted(groups, key=lambda alarm: -alarm.figure)[:1]
    return sorted(found, key=lambda alarm: -alarm.figure)


def own_rate(plain: np.ndarray, churned: np.ndarray) -> np.ndarray:
    """The baseline's risks at the base rate of the window that is judged: else a base that drifted, where everybody
    comes back or nobody, would be called a leak."""
    rate = float(churned.mean()) if len(churned) else 0.0
    return to_rate(plain, rate, "shift")(plain) if 0 < rate < 1 else plain


def falling(
    before: np.ndarray, churned_before: np.ndarray, after: np.ndarray, churned_after: np.ndarray
) -> list[Alarm]:
    """An alarm if the AUC fell by more than .1, and by more than two standard errors, from the last training cutoff to
    the test cutoff. The model must not have learned from the users of either."""
    old, new = auc(before, churned_before), auc(after, churned_after)
    error = np.hypot(_error(old, churned_before), _error(new, churned_after))
    if not old - new > max(FALL, 2 * error):
        return []
    text = f"AUC falls from {old:.3f} at the last training cutoff to {new:.3f} at the test cutoff"
    look = "look for rows that came later than their time says (known_at), refunds, columns filled in afterwards"
    return [Alarm("model", "falls", old - new, f"{text}; {look}")]


def verdict(found: Sequence[Alarm], promote: bool, reason: str) -> tuple[bool, str]:
    """The verdict and reason of the promotion gate, after the alarms."""
    refusing = [alarm for alarm in found if alarm.refuses]
    if refusing:
        return False, f"leak alarm: {refusing[0].text}"
    names = list(dict.fromkeys(alarm.name for alarm in found))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return promote, reason + (f"; leak alarm (amber): {', '.join(names[:3])}{more}" if names else "")


def auc(score: np.ndarray, churned: np.ndarray) -> float:
    """Area under the ROC curve, ties counting half; .5 where only one outcome occurred."""
    gone = churned == 1
    ones, zeros = int(gone.sum()), int((~gone).sum())
    if not ones or not zeros:
        return 0.5
    return float((rankdata(score)[gone].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _error(figure: float, churned: np.ndarray) -> float:
    """An upper bound of the standard error of an AUC: that of a share of the users with the rarer outcome."""
    fewest = min(int(churned.sum()), len(churned) - int(churned.sum()))
    return float(np.sqrt(figure * (1 - figure) / fewest)) if fewest else float("inf")


def _rates(codes: np.ndarray, churned: np.ndarray) -> np.ndarray:
    """For each row, the churn rate of the rows with the same text; for rare texts, the overall rate."""
    _, place, count = np.unique(codes, return_inverse=True, return_counts=True)
    rates = np.bincount(place, churned) / count
    return np.where(count >= SURE_USERS, rates, churned.mean())[place]


def _pure(column: np.ndarray, churned: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The rows at either end of a column up to the first with another outcome, and the nulls if all ended alike.

    Rows with equal values stay together.
    """
    null = np.flatnonzero(np.isnan(column))
    if len(null) and len(np.unique(churned[null])) == 1:
        yield "null", null
    there = np.flatnonzero(~np.isnan(column))
    order = there[np.argsort(column[there], kind="stable")]
    for rows, sign, relation in ((order, 1, "<="), (order[::-1], -1, ">=")):
        differ = np.flatnonzero(churned[rows] != churned[rows[0]]) if len(rows) else []
        if len(differ):  # otherwise all users ended alike, which says nothing of the column
            count = int(np.searchsorted(sign * column[rows], sign * column[rows[differ[0]]], side="left"))
            if count:
                yield f"{relation} {column[rows[count - 1]]:g}", rows[:count]
