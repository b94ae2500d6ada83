"""Whom to contact, learned from trials: how much of the best possible gain the rule finds, and when it spends in vain.

    python benchmarks/bench_targeting.py            everything, some minutes; hillstrom is looked for in HOLDFAST_DATA
    python benchmarks/bench_targeting.py worlds 10  worlds of known truth, 10 trials of each size (40 if not told)
    python benchmarks/bench_targeting.py hillstrom  half of a real mail trial teaches, the other half judges

Worlds: the regret of the rule's ranking, as a share of what an oracle's contacts bring, 30 % of users contacted, beside
what ranking always by uplift, by risk, or by the highest value would have lost; then the mean once more with effects
half as strong, for reading. Then the decision to spend, at a cost of 5 a contact or of .05 (a user is worth 80 on
average): how often money is spent, without an effect and with one. Hillstrom: the effect on visits among the 30 %
ranked highest by uplift, and what contacting 30 % brings in spend per 1,000 customers. Exits 1 where an aim is missed.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np
import pandas as pd

from benchmarks.targeting_worlds import TREATED, WORLDS, Trial, no_effect, trial
from training.verification.policies import RISK, UPLIFT, Decision, Limit, contacted, decide, rankings
from training.verification.uplift import Learned, Predictor, learn, with_scores

LIMIT, TRIALS = Limit(share=0.3), 40
COSTS = 5.0, 0.05  # of a contact with an offer, and of a text message
REGRET = {2_000: 0.09, 8_000: 0.07, 30_000: 0.05}
IN_VAIN = 0.10
SPLITS, VISIT, SPEND = 20, {"Womens E-Mail": 0.072, "Mens E-Mail": 0.086}, 1.25
NAMES = ("recency", "history", "mens", "womens", "newbie", "rural", "suburban", "phone", "web")


@dataclass
class Aims:
    missed: list[str] = field(default_factory=list)

    def hold(self, what: str, found: float, bound: float, most: bool = False) -> None:
        held = found <= bound if most else found >= bound
        print(
            f"  {'holds ' if held else 'missed'} {what}: {found:.4g}, {'at most' if most else 'at least'} {bound:.4g}"
        )
        self.missed += [] if held else [what]


def taught(one: Trial, seed: int, cost: float) -> tuple[Learned, Decision]:
    """What the rule makes of a trial."""
    x, names = with_scores(one.x, [f"x{at}" for at in range(one.x.shape[1])], one.risk, one.worth)
    learned = learn(x, one.treated, one.stays, TREATED, names, seed=seed)
    return learned, decide(learned, one.worth, LIMIT, one.risk, cost=cost, seed=seed)


def gains(predictor: Predictor, base: Trial, cost: float) -> dict[str, float]:
    """What each ranking truly brings per user of a base that was in no trial."""
    x, _ = with_scores(base.x, predictor.design.names[: base.x.shape[1]], base.risk, base.worth)
    found = rankings(predictor(x), predictor(x, "response"), base.worth, base.risk, cost=cost)
    return {name: gain(base, name, one, cost) for name, one in found.items()}


def gain(base: Trial, name: str, ranking: np.ndarray, cost: float) -> float:
    return float((contacted(name, ranking, LIMIT, cost) * (base.effect * base.worth - cost)).mean())


def regret(effect: Callable, users: int, trials: int, seed: int = 0) -> dict[str, float]:
    """Mean regret by way of ranking, as a share of the oracle's gain; nothing is said of costs."""
    base = trial(effect, 20_000, 10**6 + seed)
    best = gain(base, UPLIFT, base.effect * base.worth, 0)
    found = []
    for number in range(trials):
        learned, decision = taught(trial(effect, users, users + 7919 * number + seed), number, 0)
        brings = gains(learned.predictor, base, 0)
        highest = max(decision.values, key=lambda name: decision.values[name].gain)
        found.append([brings[name] for name in (decision.ranking, UPLIFT, RISK, highest)])
    return dict(zip(("rule", UPLIFT, RISK, "highest"), (1 - np.mean(found, axis=0) / best).tolist(), strict=True))


def spent(effect: Callable, users: int, trials: int, seed: int = 0, cost: float = COSTS[0]) -> float:
    """In how many of the trials the rule would spend money."""
    decisions = [taught(trial(effect, users, users + 7907 * one + seed), one, cost)[1] for one in range(trials)]
    return float(np.mean([one.spend for one in decisions]))


def worlds(aims: Aims, trials: int) -> None:
    for users, bound in REGRET.items():
        found = {name: regret(effect, users, trials) for name, effect in WORLDS.items()}
        weak = {name: regret(half(effect), users, max(trials // 4, 1)) for name, effect in WORLDS.items()}
        print(f"{users:,} users, {trials} trials of each world; regret of the rule, uplift, risk, the highest value")
        for name, one in (found | {"mean": mean(found), "mean, half as strong": mean(weak)}).items():
            print(f"  {name:<22}" + "".join(f"{share:8.3f}" for share in one.values()))
        aims.hold(f"regret at {users:,}", mean(found)["rule"], bound, most=True)
    few = max(trials // 8, 1)
    for users in REGRET:
        vain = {cost: spent(no_effect, users, 5 * trials if users == 8_000 else trials, cost=cost) for cost in COSTS}
        real, weak = (
            np.mean([spent(how(one), users, few) for one in WORLDS.values()]) for how in (lambda effect: effect, half)
        )
        told = ", ".join(f"{share:.1%} at {cost:g} a contact" for cost, share in vain.items())
        print(f"{users:,} users: money spent in campaigns without an effect: {told}")
        print(f"  with an effect: {real:.1%}, with one half as strong: {weak:.1%}")
        if users == 8_000:
            for cost, share in vain.items():
                aims.hold(f"money for nothing at 8,000, {cost:g} a contact", share, IN_VAIN, most=True)


def half(effect: Callable) -> Callable:
    return lambda z, risk, worth: effect(z, risk, worth) / 2


def mean(found: dict[str, dict[str, float]]) -> dict[str, float]:
    ways = next(iter(found.values()))
    return {way: float(np.mean([one[way] for one in found.values()])) for way in ways}


def customers(folder: Path) -> tuple[np.ndarray, pd.DataFrame]:
    """Hillstrom's features, and the table itself."""
    table = pd.read_csv(folder / "hillstrom" / "hillstrom.csv")
    zips, channel = table.zip_code, table.channel  # "Surburban" is the file's spelling
    codes = [zips == "Rural", zips == "Surburban", channel == "Phone", channel == "Web"]
    plain = [table[name] for name in NAMES[:5]]
    return np.column_stack([*plain, *codes]).astype(float), table


def half_splits(folder: Path, arm: str, splits: int = SPLITS) -> dict[str, tuple[float, float]]:
    """By ranking, means over splits: effect on visits among the first 30 %, and spend per 1,000 customers."""
    x, table = customers(folder)
    rows = table.segment.isin([arm, "No E-Mail"]).to_numpy()
    x, table = x[rows], table[rows]
    treated, visit, spend = (table.segment == arm).to_numpy(), table.visit.to_numpy(float), table.spend.to_numpy(float)
    found: dict[str, list] = {}
    for seed in range(splits):
        order = np.random.default_rng(seed).permutation(len(x))
        half, other = order[: len(x) // 2], order[len(x) // 2 :]
        learned = learn(x[half], treated[half], visit[half], 0.5, NAMES, seed=seed)
        uplift, response = learned.predictor(x[other]), learned.predictor(x[other], "response")
        history, risk = x[other, 1], 1 - (response - uplift)
        ways = {
            UPLIFT: uplift,
            "response": response,
            RISK: risk,
            "uplift x history": uplift * history,
            "response x history": response * history,
            "risk x history": risk * history,
            "history": history,
            "random": np.random.default_rng(10**6 + seed).random(len(other)),
        }
        for name, ranking in ways.items():
            first = other[contacted(name, ranking, LIMIT)]
            with_mail, without = first[treated[first]], first[~treated[first]]
            visits, money = (y[with_mail].mean() - y[without].mean() for y in (visit, spend))
            found.setdefault(name, []).append((visits, 1000 * LIMIT.share * money))
    return {name: tuple(np.mean(one, axis=0).tolist()) for name, one in found.items()}


def hillstrom(aims: Aims) -> None:
    folder = Path(__file__).parent.parent / os.environ.get("HOLDFAST_DATA", "../shared/data")
    if not (folder / "hillstrom").is_dir():
        print(f"hillstrom: not in {folder} (HOLDFAST_DATA)")
        return
    found = {arm: half_splits(folder, arm) for arm in VISIT}
    print(f"hillstrom, {SPLITS} half splits, 30 % contacted: visits in points, and spend per 1,000 customers")
    for name in next(iter(found.values())):
        told = "   ".join(f"{arm} {100 * one[name][0]:5.2f} {one[name][1]:5.0f}" for arm, one in found.items())
        print(f"  {name:<20}{told}   mean {np.mean([one[name][1] for one in found.values()]):5.0f}")
    for arm, bound in VISIT.items():
        aims.hold(f"visits, {arm}", found[arm][UPLIFT][0], bound)
    money = {name: np.mean([one[name][1] for one in found.values()]) for name in ("uplift x history", RISK)}
    aims.hold("spend, uplift x history over risk", money["uplift x history"] / money[RISK], SPEND)


def main() -> None:
    what, aims = sys.argv[1] if sys.argv[1:] else "all", Aims()
    if what in ("all", "hillstrom"):
        hillstrom(aims)
    if what in ("all", "worlds"):
        worlds(aims, int(sys.argv[2]) if sys.argv[2:] else TRIALS)
    sys.exit(bool(aims.missed))


if __name__ == "__main__":
    main()
