"""Whether verdicts on campaigns are honest: intervals, false findings, looks, stage moves, power, refusals, speed.

    python benchmarks/bench_verification.py                      all of it, some twenty minutes, most of it training
    python benchmarks/bench_verification.py --only looks power   some parts: coverage, aa, removed, looks, moves, power,
                                                                 refused, speed
    python benchmarks/bench_verification.py --kept FOLDER        leaves the scored users there, or takes them thence

Trials are cut out of users whose scores were made before their outcome: of three real logs (HOLDFAST_DATA) and of a
simulated base. Each line ends with the bound that it is held against. Exits 1 where one is missed.
"""

import argparse
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import ibis
import numpy as np
from verification_draws import LOGS, SIZES, Users, drawn, halves, population, products, scored, sent_to, summed

from training.verification.arms import Outcome, arms_of, covariates, log_scale
from training.verification.churn_effect import share_effect
from training.verification.effect import numeric_effect
from training.verification.looks import planned
from training.verification.power import Goal, churn_goal, power_of, smallest_effect, value_goal
from training.verification.stage_moves import stage_moves
from training.verification.trial import STRICT, balance, sample_ratio, smallest_loss

EFFECTS = {"churn": share_effect, "value": numeric_effect}
missed: list[str] = []


def told(what: str, found: float, low: float, high: float, digits: int = 1) -> None:
    """A line: the figure in percent, the bound, and whether it is met."""
    ok = low <= found <= high
    print(
        f"  {what:<58}{found:>9.{digits}%}   {low:.{digits}%} to {high:.{digits}%}{'' if ok else '   MISSED'}",
        flush=True,
    )
    if not ok:
        missed.append(what)


def outcomes(users: Users) -> dict[str, np.ndarray]:
    return {"churn": products(users.churned, users.risk), "value": products(users.value, users.expected)}


def coverage(base, draws: int) -> None:
    print("Coverage of 95 % intervals: churn, three points less where the share is")
    for share in (0.1, 0.3, 0.7):
        for spread in (np.inf, 3.0, 1.5):
            *rows, truth = population(share, spread, -0.03, seed=1)
            for sizes in SIZES:
                found = [share_effect(one) for one in drawn(*rows, sizes, draws, seed=2)]
                inside = np.mean([one.low <= truth <= one.high for one in found])
                removed = np.mean([one.variance_removed for one in found])
                what = f"churn {share:.0%}, risk explains {removed:.0%}, {sizes[0]:,}/{sizes[1]:,}"
                told(what, inside, 0.94, 0.97)
    users = base("simulated")
    skew = np.mean((users.value - users.value.mean()) ** 3) / users.value.std() ** 3
    for lift in (0.0, 0.02):  # a larger one spreads the treated more, which one pooled variance takes for everybody's
        rows, truth = _with_lift(users, lift), lift * users.value.mean()
        for sizes in SIZES:
            found = [numeric_effect(one) for one in drawn(*rows, sizes, draws, seed=3)]
            inside = np.mean([one.low <= truth <= one.high for one in found])
            told(f"simulated value, skew {skew:.1f}, {lift:+.0%}, {sizes[0]:,}/{sizes[1]:,}", inside, 0.94, 0.96)


def aa(base, draws: int) -> None:
    print("False findings where nothing was done")
    for name in (*LOGS, "simulated"):
        for kind, rows in outcomes(base(name)).items():
            for holdout in (0.5, 0.1, 0.05):
                false = np.mean([EFFECTS[kind](one).proven for one in halves(rows, holdout, draws, seed=4)])
                told(f"{name}, {kind}, {1 - holdout:.0%} to {holdout:.0%}", false, 0.04, 0.06)


def removed(base, draws: int) -> None:
    print("Variance removed by scores from before")
    least = {"cdnow": 0.17, "essec": 0.28, "dunnhumby": 0.20}
    for name in (*LOGS, "simulated"):
        for kind, rows in outcomes(base(name)).items():
            effect = EFFECTS[kind](next(halves(rows, 0.5, 1, seed=5)))
            bound = 0.33 if kind == "value" else least.get(name, 0.0)
            told(f"{name}, {kind}", effect.variance_removed, bound, 1.0)


def looked(rows, effects: list[float], holdout: float, kind: str, draws: int) -> np.ndarray:
    """The share of trials of 10,000 users that find something: by five planned looks, and by one at the end; a row for
    each effect, which is a share of the outcome that is taken away (churn) or added (value) at random."""
    plan, users, found = planned(5), 10_000, np.zeros((len(effects), 2))
    for at, effect in enumerate(effects):
        rng = np.random.default_rng(6)
        for _ in range(draws):
            place = rng.integers(0, len(rows), users)
            y, x, treated = rows[place, 0], rows[place, 2], rng.random(users) >= holdout
            y = y * (rng.random(users) >= effect * treated) if kind == "churn" else y * (1 + effect * treated)
            sums = np.zeros((2, 5)), [0, 0]
            hit = False
            for k, look in enumerate(plan):
                part = slice(k * users // 5, (k + 1) * users // 5)
                new, arm = products(y[part], x[part]), treated[part]
                for side, mask in enumerate((arm, ~arm)):
                    sums[0][side] += new[mask].sum(axis=0)
                    sums[1][side] += int(mask.sum())
                trial = Outcome(*(summed(n, total) for n, total in zip(sums[1], sums[0], strict=True)))
                hit = hit or EFFECTS[kind](trial, look.level).proven
            found[at] += hit, EFFECTS[kind](trial).proven
    return found / draws


def looks(base, draws: int) -> None:
    print("Five planned looks: false findings, and power lost against one look at the end")
    for name, kind, effect in (("cdnow", "churn", 0.035), ("simulated", "churn", 0.08), ("simulated", "value", 0.09)):
        rows = outcomes(base(name))[kind]
        for holdout, size in ((0.5, effect), (0.05, effect * 2.2)):
            (false, _), (many, once) = looked(rows, [0.0, size], holdout, kind, draws // 2)
            told(f"{name}, {kind}, holdout {holdout:.0%}: false findings", false, 0.0, 0.055)
            told(f"{name}, {kind}, holdout {holdout:.0%}: lost of a power of {once:.0%}", once - many, -0.02, 0.02)


STAGES = (
    "loyal",
    "active",
    "new",
    "resurrected",
    "potential",
    "at_risk",
    "inactive",
    "lapsed_1",
    "lapsed_2",
    "lapsed_3",
)


def moves(base, draws: int) -> None:
    print("Stage tables of ten stages without any effect that claim something")
    rng = np.random.default_rng(7)
    start = rng.dirichlet(np.full(10, 2.0))
    table = start[:, None] * np.array([rng.dirichlet(np.where(np.arange(10) == k, 6.0, 0.4)) for k in range(10)])
    pairs = [(a, b) for a in STAGES for b in STAGES]
    for sizes in SIZES:
        for plan in (None, ("lapsed_1", "active"), ("at_risk", "active"), ("at_risk", "at_risk")):
            claims = 0
            for _ in range(draws):
                both = [rng.multinomial(n, table.ravel()).tolist() for n in sizes]
                seen = {pair: counts for pair, *counts in zip(pairs, *both, strict=True) if sum(counts)}
                claims += bool(stage_moves(seen, STAGES, plan).claims)
            # Five percent is the truth of the large tables: three standard errors for the draws
            slack = 3 * np.sqrt(0.05 * 0.95 / draws)
            words = " -> ".join(plan) if plan else "none"
            told(f"{sizes[0]:,}/{sizes[1]:,}, planned move: {words}", claims / draws, 0.0, 0.05 + slack)


def power(base, draws: int) -> None:
    print("Power measured, less the power told before the campaign (in points)")
    for name in ("cdnow", "essec", "simulated"):
        users = base(name)
        known = outcomes(users)
        held = halves(known["churn"], 0.5, 1, 8), halves(known["value"], 0.5, 1, 8)
        explained = [EFFECTS[kind](next(one)).variance_removed for kind, one in zip(EFFECTS, held, strict=True)]
        goals = (
            churn_goal(users.churned.mean(), explained[0]),
            value_goal(users.value.mean(), users.value.std(), explained[1]),
        )
        for sizes in ((5_000, 5_000), (9_000, 1_000), (19_000, 1_000)):
            for kind, goal in zip(EFFECTS, goals, strict=True):
                n, holdout = sum(sizes), sizes[1] / sum(sizes)
                effect = _effect_for(goal, n, holdout, kind)
                found = [EFFECTS[kind](one) for one in drawn(*_with_effect(users, kind, effect), sizes, draws // 2, 9)]
                seen = np.mean([one.proven and one.difference * effect > 0 for one in found])
                said = power_of(goal, effect, n, holdout)
                told(f"{name}, {kind}, {sizes[0]:,}/{sizes[1]:,}, told {said:.0%}", seen - said, -0.02, 0.08)


def _effect_for(goal: Goal, users: int, holdout: float, kind: str) -> float:
    size = smallest_effect(goal, users, holdout, 0.75)
    return -size if kind == "churn" else size


def _with_effect(users: Users, kind: str, effect: float) -> tuple[np.ndarray, np.ndarray]:
    """Churn: so many of the churned stay; value: everybody spends so much more."""
    if kind == "value":
        return _with_lift(users, effect / users.value.mean())
    rng = np.random.default_rng(10)
    churned, risk = (np.tile(column, 50) for column in (users.churned, users.risk))
    saved = churned * (rng.random(len(churned)) >= -effect / users.churned.mean())
    return products(saved, risk), products(churned, risk)


def _with_lift(users: Users, lift: float) -> tuple[np.ndarray, np.ndarray]:
    return products(users.value * (1 + lift), users.expected), products(users.value, users.expected)


def refused(base, draws: int) -> None:
    print("Refused as no trial: dunnhumby's type A campaigns, which went to good customers; and sound ones")
    for campaign in ("8", "13", "18", "27"):
        treated, known = sent_to(campaign)
        p = balance(*covariates(("baskets", "spend", "days since"), treated, known))[1]
        told(f"campaign {campaign}, p of the balance", p, 0.0, STRICT, digits=3)
    rng, users = np.random.default_rng(12), base("cdnow")
    known, refused = np.column_stack([users.risk, log_scale(users.expected)]), 0
    for _ in range(draws):
        refused += balance(*covariates(("risk", "value"), rng.random(len(users)) >= 0.05, known))[1] < STRICT
    told("cdnow, 5 % held out at random", refused / draws, 0.0, 0.003, digits=2)
    print("Sample ratio: trials refused, a tenth of the holdout lost at 20,000 users; and what the test can see")
    for holdout, least in ((0.5, 0.99), (0.2, 0.99), (0.1, 0.0), (0.05, 0.0)):
        held = rng.binomial(20_000, holdout, draws)
        p = [sample_ratio(20_000 - n, round(n * 0.9), holdout) for n in held]
        sees = smallest_loss(20_000, holdout)
        told(f"holdout {holdout:.0%}, sees a loss of {sees:.1%} of it", np.mean(np.array(p) < 0.001), least, 1.0)


def speed(base, draws: int) -> None:
    print("Ten million assigned users in a temporary table: all sums in one pass, against a bare count by arm")
    with tempfile.TemporaryDirectory() as folder:
        con = ibis.duckdb.connect(f"{folder}/scratch.duckdb")
        con.raw_sql("SET threads = 1")
        con.raw_sql(
            "CREATE TEMP TABLE users AS SELECT i AS user_id, random() < 0.3 AS churned, random() AS risk, "
            "CASE WHEN hash(i) % 100 < 5 THEN 'holdout' ELSE 'treatment' END AS arm, random() * 60 AS expected_value, "
            "CASE WHEN random() < 0.7 THEN 0 ELSE round(exp(3 + random() * 2), 2) END::DOUBLE AS value "
            "FROM range(10_000_000) r(i)"
        )
        table = con.table("users")
        count = _fastest(lambda: con.raw_sql("SELECT arm, count(*) FROM users GROUP BY arm").fetchall())
        sums = _fastest(lambda: arms_of(con, table, cap=100.0))
        con.disconnect()
    over = sums > 5 * count
    print(f"  count {count:.2f} s, sums {sums:.2f} s: {sums / count:.1f} times, at most 5{'   MISSED' if over else ''}")
    if over:
        missed.append("speed")


def _fastest(run, times: int = 5) -> float:
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return min(taken)


PARTS = {"coverage": coverage, "aa": aa, "removed": removed, "looks": looks, "moves": moves, "power": power}
PARTS |= {"refused": refused, "speed": speed}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--draws", type=int, default=5_000)
    parser.add_argument("--kept", type=Path)
    asked = parser.parse_args()
    base = lru_cache(lambda name: scored(name, asked.kept))
    for name in asked.only:
        PARTS[name](base, asked.draws)
    print("missed: " + "; ".join(missed) if missed else "every bound is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
