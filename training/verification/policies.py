"""Whom to contact next time, by what a trial taught: rankings, what each would have brought, and whether to spend.

A policy is a ranking and a limit: the first users by the ranking, as many as the share or the budget allows. What it
brings is told from the trial's own users, each judged by a ranking that was learned without him. With the
pseudo-outcomes of training.verification.uplift the mean of

    chosen · (effect · worth − cost)

over all users is an unbiased estimate of the money a policy brings per user of the base, against contacting nobody: the
doubly-robust value of Dudík, Langford & Li (2011, "Doubly robust policy evaluation and learning", ICML) with the known
assignment share, and its standard error that of a mean (Athey & Wager 2021, "Policy learning with observational data",
Econometrica 89). Without a model of the outcomes it is inverse probability weighting, ``weighted``.

The rule, by a study on seven known worlds (benchmarks/bench_targeting.py has them anew): a ranking chosen by its value
is right only in large trials. Below ENOUGH users uplift times worth ranks; from there on another ranking does if its
value is higher by more than a standard error of the difference. Money is spent only where the value of the policy so
chosen is above 0 by more than one standard error, and it chooses at least PROVABLE users of the trial. The uplift
ranking has to pass the same: of several rankings the best looks better on the users that picked it than it is, and
where contacts are cheap, money would be spent in a quarter of all campaigns without an effect.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from features.errors import BadInput
from features.said import Said, joined
from training.verification.uplift import Learned

ENOUGH = 8_000  # users in the trial, from which on values choose the ranking
PROVABLE = 100  # users of the trial that a policy has to choose: the mean of fewer skewed amounts is not yet normal
UPLIFT, RESPONSE, RISK, AT_STAKE, RANDOM = "uplift", "response", "risk", "value_at_stake", "random"
HELD_BACK = "not proven: all held back but a test"
HELD_BACK_ZH = "尚未证明有效：除测试外全部保留"
ZH = {UPLIFT: "增量效果", RESPONSE: "触达后的响应", RISK: "流失风险", AT_STAKE: "在险价值", RANDOM: "随机"}


@dataclass(frozen=True)
class Limit:
    """How many may be contacted: a share of the users, or a budget in money; both where both are given."""

    share: float = 1.0
    budget: float = np.inf

    def __post_init__(self) -> None:
        if not (0 < self.share <= 1 and self.budget >= 0):
            raise BadInput(
                f"policy: share {self.share:g}, budget {self.budget:g}; give a share of (0, 1], a budget from 0"
            )


@dataclass(frozen=True)
class Value:
    """What a policy brings per user of the base, in money and after its costs, with the standard error; and the share
    of users it contacts. better: how much more than the uplift ranking, with the error of that difference."""

    gain: float
    error: float
    contacted: float
    better: float = 0.0
    better_error: float = 0.0


@dataclass(frozen=True)
class Decision:
    """The ranking to use, whether to spend money on it, the sentence that says why, and every ranking's value."""

    ranking: str
    spend: bool
    why: Said
    values: Mapping[str, Value]

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def rankings(
    uplift: np.ndarray,
    response: np.ndarray,
    worth: np.ndarray,
    risk: np.ndarray | None = None,
    value_at_stake: np.ndarray | None = None,
    cost: float | np.ndarray = 0.0,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Candidates, by name: a number by which users are contacted, the highest first. All of shape (users,).

    uplift, response: as predicted. worth: money that one unit of the outcome is worth in each user, such as
    value_if_stays; 1 where the outcome is money. The uplift ranking is in money and net of the cost: at 0 and below a
    user is not contacted. A ranking whose inputs are not given is left out.
    """
    found = {UPLIFT: uplift * worth - cost, RESPONSE: response * worth}
    if risk is not None:
        found[RISK] = risk * worth
    if value_at_stake is not None:
        found[AT_STAKE] = np.asarray(value_at_stake, float)
    return found | {RANDOM: np.random.default_rng(seed).random(len(uplift))}


def contacted(
    name: str, ranking: np.ndarray, limit: Limit, cost: float | np.ndarray = 0.0, fold: np.ndarray | None = None
) -> np.ndarray:
    """Who is contacted, a boolean by user: the first by the ranking within the limit. Ties in no particular order.

    fold: the limit holds in each fold, so that rankings of several models are never mixed. cost: of one contact.
    """
    fold = np.zeros(len(ranking), int) if fold is None else fold
    tie = np.random.default_rng(len(ranking)).random(len(ranking))
    order = np.lexsort((tie, -ranking, fold))
    costs = np.broadcast_to(np.asarray(cost, float), ranking.shape)[order]
    size = np.bincount(fold)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])[fold[order]]  # where the user's fold begins in this order
    spent = np.concatenate([[0], np.cumsum(costs)])
    part = size[fold[order]] / len(ranking)
    within = np.arange(len(ranking)) - first < np.floor(limit.share * size[fold[order]] + 1e-9)
    within &= spent[1:] - spent[first] <= limit.budget * part * (1 + 1e-9)
    found = np.empty(len(ranking), bool)
    found[order] = within
    return found & (ranking > 0) if name == UPLIFT else found


def value(chosen: np.ndarray, effect: np.ndarray, worth: np.ndarray, cost: float | np.ndarray = 0.0) -> Value:
    """What contacting the chosen brings. effect: pseudo-outcomes, of ``learn`` or of ``weighted``."""
    each = chosen * (effect * worth - cost)
    return Value(float(each.mean()), _error(each), float(chosen.mean()))


def weighted(treated: np.ndarray, outcome: np.ndarray, share: float | np.ndarray) -> np.ndarray:
    """Pseudo-outcomes without a model, t · y / p − (1 − t) · y / (1 − p) (Horvitz & Thompson 1952)."""
    return np.where(np.asarray(treated) == 1, outcome / share, -outcome / (1 - share))


def decide(
    learned: Learned,
    worth: np.ndarray,
    limit: Limit,
    risk: np.ndarray | None = None,
    value_at_stake: np.ndarray | None = None,
    cost: float | np.ndarray = 0.0,
    seed: int = 0,
) -> Decision:
    """The rule, on the users of the trial. Arguments as in ``rankings``; all known before the assignment."""
    scores = rankings(learned.uplift, learned.response, worth, risk, value_at_stake, cost, seed)
    net = learned.effect * worth - cost
    chosen = {name: contacted(name, one, limit, cost, learned.fold) for name, one in scores.items()}
    values = {}
    for name, mine in chosen.items():
        more = (mine * 1.0 - chosen[UPLIFT]) * net
        found = value(mine, learned.effect, worth, cost)
        values[name] = replace(found, better=float(more.mean()), better_error=_error(more))
    best = max(values, key=lambda name: values[name].gain)
    more = values[best]
    if len(net) < ENOUGH:
        ranking, why = (
            UPLIFT,
            Said(f"fewer than {ENOUGH:,} users cannot tell rankings apart", f"不足 {ENOUGH:,} 人，无法比较各种排序"),
        )
    elif more.better > more.better_error:
        ranking, why = (
            best,
            Said(
                f"brings {more.better:.3g} ± {more.better_error:.2g} a user more than uplift",
                f"每位用户比按增量效果多带来 {more.better:.3g} ± {more.better_error:.2g}",
            ),
        )
    else:
        ranking, why = UPLIFT, Said("no other ranking brings more by a standard error", "没有其他排序高出一个标准误")
    spend = all(values[one].gain > values[one].error and chosen[one].sum() >= PROVABLE for one in (ranking, UPLIFT))
    told = joined(_brings(ranking, values[ranking], int(chosen[ranking].sum()), len(net)), why)
    return Decision(ranking, spend, told if spend else joined(Said(HELD_BACK, HELD_BACK_ZH), told), values)


def _brings(ranking: str, found: Value, users: int, of: int) -> Said:
    gain, error = f"{found.gain:.3g}", f"{found.error:.2g}"
    return Said(
        f"{ranking} chooses {users:,} of {of:,} users and brings {gain} ± {error} a user",
        f"按{ZH[ranking]}从 {of:,} 人中选出 {users:,} 人，每位用户带来 {gain} ± {error}",
    )


def _error(each: np.ndarray) -> float:
    """The standard error of the mean."""
    return float(each.std(ddof=1) / np.sqrt(len(each)))
