"""Is it a trial? What was not drawn at random, or was lost on one side, is refused before any effect is told."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import fdtrc, stdtr
from scipy.stats import binom, binomtest, fisher_exact

from training.verification.arms import Covariates
from training.verification.power import POWER

STRICT = 0.001  # one sound trial in a thousand is refused for its sizes, one for its balance


@dataclass(frozen=True)
class Refusal:
    """code: no_holdout, two_arms, sample_ratio, one_sided_loss, imbalance, assigned_late or scored_late. what, cure: in
    English, each half of one sentence."""

    code: str
    what: str
    cure: str

    @property
    def words(self) -> str:
        """The whole sentence."""
        return f"{self.what}; {self.cure}"


@dataclass(frozen=True)
class Difference:
    """What was known before, in the arms. standardised: the difference of the means in standard deviations of one user.
    p: of this covariate alone."""

    name: str
    treatment: float
    holdout: float
    standardised: float
    p: float


@dataclass(frozen=True)
class Trial:
    """ok: nothing was refused. sample_ratio_p: None where no share is known. smallest_loss: the smallest share of the
    holdout whose loss the sizes would show in four of five trials; None if not even all of it, or no share is known.
    balance_p: of all covariates together, None without any."""

    ok: bool
    users: tuple[int, int]
    sample_ratio_p: float | None
    smallest_loss: float | None
    balance: tuple[Difference, ...]
    balance_p: float | None
    refusals: tuple[Refusal, ...]


def check(
    users: tuple[int, int],
    holdout: float | None = None,
    planned: tuple[int, int] | None = None,
    before: tuple[Covariates, Covariates] | None = None,
    in_both_arms: int = 0,
    assigned_late: int = 0,
    scored_late: int = 0,
) -> Trial:
    """Judge a trial. users: of treatment and holdout, as they are now.

    holdout: the share that was to be held out, None where nobody knows. planned: the users drawn into both arms, where
    the run's manifest tells: then even the loss of a few of a small holdout shows. before: sums of what was known at
    the assignment. in_both_arms, assigned_late, scored_late: how many users have this flaw, see `later`.
    """
    refused = list(_refused_counts(users, in_both_arms, assigned_late, scored_late))
    p = smallest = None
    if min(users) > 0 and holdout is not None:
        drawn = planned or users
        p, smallest = sample_ratio(*drawn, holdout), smallest_loss(sum(drawn), holdout)
        if p < STRICT:
            refused.append(_off(drawn, holdout, p))
    if planned and (lost := loss(users, planned)) < STRICT:
        gone = [f"{whole - now:,} of {whole:,}" for now, whole in zip(users, planned, strict=True)]
        refused.append(
            Refusal(
                "one_sided_loss",
                f"{gone[0]} users of treatment and {gone[1]} of the holdout are gone since the draw (p = {lost:.1g}): "
                "something takes them out by arm",
                "bring all who were assigned",
            )
        )
    differences, joint = balance(*before) if before and min(users) > 0 else ((), None)
    if joint is not None and joint < STRICT:
        worst = max(differences, key=lambda one: abs(one.standardised))
        refused.append(
            Refusal(
                "imbalance",
                f"the arms differed before the campaign (p = {joint:.1g}), most in {worst.name}, by "
                f"{worst.standardised:+.2f} standard deviations: who was treated was not drawn at random, so that no "
                "effect can be told",
                "hold out at random next time",
            )
        )
    return Trial(not refused, users, p, smallest, differences, joint, tuple(refused))


def sample_ratio(treatment: int, held_out: int, holdout: float) -> float:
    """The exact binomial p-value of arms of these sizes where a share `holdout` was to be held out."""
    return float(binomtest(held_out, treatment + held_out, holdout).pvalue)


def smallest_loss(users: int, holdout: float, power: float = POWER) -> float | None:
    """The smallest share of the holdout whose loss `sample_ratio` shows with this power; None if not even all of it.

    users: assigned to both arms, before any was lost.
    """

    def missing(lost: float) -> float:
        left = users * (1 - holdout * lost)
        least = binom.ppf(STRICT / 2, round(left), holdout) - 1  # at most so many are too few
        return float(binom.cdf(least, round(left), users * holdout * (1 - lost) / left) - power)

    if missing(1.0) < 0:
        return None
    return float(brentq(missing, 0.0, 1.0, xtol=1e-4))


def loss(users: tuple[int, int], planned: tuple[int, int]) -> float:
    """Fisher's exact p-value for the arms having lost users alike since they were drawn."""
    lost = [max(whole - now, 0) for now, whole in zip(users, planned, strict=True)]
    return float(fisher_exact([list(users), lost]).pvalue)


def balance(treatment: Covariates, holdout: Covariates) -> tuple[tuple[Difference, ...], float | None]:
    """How the arms differed before, and the p-value of all covariates together: Hotelling's T² (1931), one pooled
    covariance matrix. Covariates that are constant within both arms are not tested: apart, they prove it without a test
    (p = 0), and equal, they tell nothing; None where all are equal."""
    n, m = treatment.n, holdout.n
    means = [one.sums / one.n for one in (treatment, holdout)]
    apart = means[0] - means[1]
    within = sum(one.products - np.outer(one.sums, one.sums) / one.n for one in (treatment, holdout))
    freedom = n + m - 2
    covariance = within / max(freedom, 1)
    variance = np.clip(np.diag(covariance), 0, None)
    size = np.diag(treatment.products + holdout.products) / (n + m)
    varies = variance > 1e-12 * np.maximum(size, 1e-300)
    deviation = np.sqrt(np.where(varies, variance, 1.0))
    split = ~varies & (np.abs(apart) > 1e-9 * np.sqrt(np.maximum(size, 1e-300)))
    standardised = np.where(varies, apart / deviation, np.where(split, np.copysign(np.inf, apart), 0.0))
    scale = n * m / (n + m)
    p = np.where(varies, 2 * stdtr(freedom, -np.abs(standardised) * np.sqrt(scale)), np.where(split, 0.0, 1.0))
    told = zip(treatment.names, *means, standardised, p, strict=True)
    differences = tuple(Difference(name, *(float(x) for x in figures)) for name, *figures in told)
    if split.any():
        return differences, 0.0
    if freedom < (k := int(varies.sum())) + 1 or not k:
        return differences, None
    correlation = (covariance / np.outer(deviation, deviation))[np.ix_(varies, varies)]
    rank = int(np.linalg.matrix_rank(correlation, tol=1e-8, hermitian=True))
    square = (
        standardised[varies] @ np.linalg.pinv(correlation, rcond=1e-8, hermitian=True) @ standardised[varies] * scale
    )
    return differences, float(fdtrc(rank, freedom - rank + 1, square * (freedom - rank + 1) / (rank * freedom)))


def later(times: np.ndarray, limit: np.ndarray | np.datetime64) -> int:
    """How many of the times are after their limit; neither may be null. For `assigned_late`: assignments against the
    begin of their own outcome window; for `scored_late`: the scores' as-of against the assignment."""
    return int(np.count_nonzero(np.asarray(times) > limit))


def _refused_counts(users, in_both_arms, assigned_late, scored_late):
    if min(users) == 0:
        which = "holdout" if users[1] == 0 else "treatment"
        yield Refusal(
            "no_holdout", f"nobody is in {which}, so there is nothing to compare with", "hold out some at random"
        )
    if in_both_arms:
        yield Refusal("two_arms", f"{in_both_arms:,} users are in both arms of one campaign", "leave one row a user")
    if assigned_late:
        yield Refusal(
            "assigned_late",
            f"{assigned_late:,} users were assigned after their outcome had begun: who was chosen may depend on it",
            "take an outcome window that begins at the assignment",
        )
    if scored_late:
        yield Refusal(
            "scored_late",
            f"{scored_late:,} users' scores are newer than their assignment and may hold the campaign's effect",
            "take the scores from the snapshot before it",
        )


def _off(users: tuple[int, int], holdout: float, p: float) -> Refusal:
    return Refusal(
        "sample_ratio",
        f"{users[1]:,} of {sum(users):,} users are held out where {holdout:.4g} of them should be (p = {p:.1g}): users "
        "were lost or added on one side",
        "bring all who were assigned",
    )
