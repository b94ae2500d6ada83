"""How right risks and sums are where the truth is known, in a quiet world and in worlds that move.

    python benchmarks/bench_truth.py                           one base of each world, 20,000 users, some minutes each
    python benchmarks/bench_truth.py --seeds 12                twelve bases of each, as the aims want it; hours
    python benchmarks/bench_truth.py --worlds quiet christmas  some of the worlds; --users N for smaller bases
    … --kept bases.jsonl                                       a line a base; others are not done again

Every simulated user has a true probability of no order in the horizon, and a true expected sum (features/simulate.py).
Two years of logs end with 2025, and the test cutoff, 1 December, stands just before the Christmas-like season; drifts
begin half a year before it. A row of the table is a world, each figure a mean over its bases:

- level: mean risk minus mean true probability; sum: expected value against its true sum. Of both the worst base, by
  size, counts against the aim;
- slope: of the true probability on the predicted one's log-odds, 1 is perfect; printed, without an aim but in the quiet
  world, where it is 0.9 to 1.1;
- excess: expected log loss under the truth, less the truth's own: what is lost by not knowing it. Also (more) less that
  of a model trained without the disturbance, on the same seed's base: the quiet one, or, for a changed hazard, the one
  whose hazard was so all along, since rarer or surer churn is harder or easier to tell; this is held against the aim;
- applied: bases where something was chosen that is not the default: a correction, fewer cutoffs, features left out.

Exits 1 where an aim is missed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from features.config import load
from features.simulate import World, churn_probability, expected_value, simulate
from features.user_base import UserBase, opened
from training.evaluation.backtest import frame
from training.fit.train import fit, training_rows
from training.rows.spine import rows
from training.trained_model import Bundle

USERS, DAYS, HORIZON, AS_OF = 20_000, 730, 30, date(2025, 12, 1)
DRIFT = AS_OF - timedelta(days=182)
WORLDS = {
    "quiet": World(),
    "christmas": World("christmas:0.6"),
    "hazard x 2": World(drift_day=DRIFT, hazard_factor=2),
    "hazard / 2": World(drift_day=DRIFT, hazard_factor=0.5),
    "newcomers": World(drift_day=DRIFT, newcomers=0.7),
}
FIRST = AS_OF - timedelta(days=690)  # soon after the logs begin
ALL_ALONG = {  # what changed worlds are held against: no change
    "hazard x 2": World(drift_day=FIRST, hazard_factor=2),
    "hazard / 2": World(drift_day=FIRST, hazard_factor=0.5),
}
LEVEL, SUM, LOSS, SLOPE = {"quiet": 0.01}, {"quiet": 0.05}, 0.01, (0.9, 1.1)  # LEVEL, SUM: others .03 and .10
UNTOUCHED = 11 / 12  # share of quiet bases where nothing is applied


@dataclass(frozen=True)
class Found:
    """One base: see the columns above. auc, best: of the predictions and of the truth itself. applied: what was."""

    level: float
    sum: float
    slope: float
    excess: float
    auc: float
    best: float
    applied: tuple[str, ...]


def slope(truth: np.ndarray, risk: np.ndarray) -> float:
    """Of the true probability on the log-odds of the predicted one: each user counts as both outcomes."""
    odds = np.log(risk / (1 - risk))
    outcome, weight = np.repeat([1, 0], len(risk)), np.concatenate([truth, 1 - truth])
    return float(LogisticRegression(C=np.inf, tol=1e-10).fit(np.tile(odds, 2)[:, None], outcome, weight).coef_[0, 0])


def loss(truth: np.ndarray, risk: np.ndarray) -> float:
    """The log loss to be expected of the risks, whatever then happens to come."""
    risk = np.clip(risk, 1e-15, 1 - 1e-15)
    return float(-(truth * np.log(risk) + (1 - truth) * np.log1p(-risk)).mean())


def applied(bundle: Bundle, cutoffs: int) -> tuple[str, ...]:
    """What the model has that is not the default. cutoffs: how many it was given to learn from."""
    found = [bundle.correction.method] if bundle.correction else []
    if (used := len(bundle.trained_on["cutoffs"])) < cutoffs:
        found.append(f"{used} of {cutoffs} cutoffs")
    if left_out := (bundle.metrics.get("shared_features") or {}).get("left_out"):
        found.append("without " + " ".join(left_out))
    return tuple(found)


def measured(folder: Path, world: World, users: int, seed: int) -> Found:
    """A base of the world, a model trained on what was known at the test cutoff, and how far off it is."""
    simulate(folder, users, days=DAYS, seed=seed, world=world)
    tables = "\n".join(
        f'[tables.{name}]\npath = "{name}/*.parquet"' + ('\nfixed = ["channel"]' if name == "users" else "")
        for name in ("orders", "events", "users", "messages", "points", "feedback")
    )
    (folder / "holdfast.toml").write_text(f"[churn]\nhorizon_days = {HORIZON}\n{tables}\n", encoding="utf-8")
    with opened(load(folder / "holdfast.toml")) as base:
        return _against_truth(base, pq.read_table(folder / "truth"))


def _against_truth(base: UserBase, known) -> Found:
    as_of = datetime.combine(AS_OF, datetime.min.time())
    test, learn = rows(base, [as_of]), training_rows(base, as_of)
    bundle = fit(base, learn, as_of)
    score = bundle.score(frame(test, bundle))
    place = pc.index_in(test.user_id, known["user_id"].combine_chunks()).to_numpy()
    truth, value = (one(known, AS_OF, HORIZON)[place] for one in (churn_probability, expected_value))
    risk = score["churn_risk"].to_numpy()
    return Found(
        level=float(risk.mean() - truth.mean()),
        sum=float(score["expected_value"].sum() / value.sum() - 1),
        slope=slope(truth, risk),
        excess=loss(truth, risk) - loss(truth, truth),
        auc=float(roc_auc_score(test.churned, risk)),
        best=float(roc_auc_score(test.churned, truth)),
        applied=applied(bundle, len(learn.cutoffs)),
    )


def missed(name: str, found: Sequence[Found], calm: Sequence[Found]) -> list[str]:
    """The aims that a world's bases miss, in words. calm: the undisturbed bases of the same seeds; may be empty."""
    level, total = LEVEL.get(name, 0.03), SUM.get(name, 0.10)
    checks = {
        f"level beyond {level:.0%}": max(abs(one.level) for one in found) > level,
        f"sum beyond {total:.0%}": max(abs(one.sum) for one in found) > total,
        "log loss beyond .01": any(a.excess - b.excess > LOSS for a, b in zip(found, calm, strict=False)),
    }
    if name == "quiet":
        checks["slope"] = not all(SLOPE[0] <= one.slope <= SLOPE[1] for one in found)
        checks["applied"] = sum(not one.applied for one in found) < np.floor(UNTOUCHED * len(found))
    return [words for words, short in checks.items() if short]


def show(name: str, found: Sequence[Found], calm: Sequence[Found]) -> bool:
    """Print a world's row; whether every aim is met."""
    level, worst_level = _mean_and_worst([one.level for one in found])
    total, worst_total = _mean_and_worst([one.sum for one in found])
    more = np.mean([a.excess - b.excess for a, b in zip(found, calm, strict=True)]) if calm else np.nan
    short = missed(name, found, calm)
    print(
        f"{name:<11} {level:+7.1%} {worst_level:+7.1%} {total:+7.1%} {worst_total:+7.1%} "
        f"{np.mean([one.slope for one in found]):6.2f} {np.mean([one.excess for one in found]):7.4f} {more:+8.4f} "
        f"{np.mean([one.auc for one in found]):6.3f} {np.mean([one.best for one in found]):6.3f} "
        f"{sum(bool(one.applied) for one in found):3} of {len(found):<3} {'; '.join(short) or 'met'}"
    )
    if names := sorted({what for one in found for what in one.applied}):
        print(f"{'':<11} applied: {', '.join(names)}")
    return not short


def _mean_and_worst(values: Sequence[float]) -> tuple[float, float]:
    return float(np.mean(values)), max(values, key=abs)


def once(name: str, world: World, users: int, seed: int, kept: Path | None) -> Found:
    """As ``measured``, or from the file of an earlier run that was stopped. Lines are of one version of the code."""
    key = {"world": name, "users": users, "seed": seed}
    for line in kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else ():
        if key.items() <= (one := json.loads(line)).items():
            return Found(**{k: tuple(v) if k == "applied" else v for k, v in one.items() if k not in key})
    with tempfile.TemporaryDirectory() as folder:
        found = measured(Path(folder), world, users, seed)
    if kept:
        with kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps(key | asdict(found)) + "\n")
    return found


def main(worlds: Sequence[str], seeds: int, first: int, users: int, kept: Path | None) -> int:
    names, results = [name for name in WORLDS if name in {*worlds, "quiet"}], {}  # quiet: the others' reference
    print(
        "            level   worst     sum   worst  slope  excess  more      AUC   best   applied    aims", flush=True
    )
    good = True
    for name in names:
        seen = range(first, first + seeds)
        results[name] = [once(name, WORLDS[name], users, seed, kept) for seed in seen]
        always = ALL_ALONG.get(name)
        calm = [once(f"{name}, always", always, users, seed, kept) for seed in seen] if always else results["quiet"]
        good &= show(name, results[name], calm)
        sys.stdout.flush()
    return 0 if good else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=1, help="how many bases of each world")
    options.add_argument("--seed", type=int, default=11, help="of the first base")
    options.add_argument("--users", type=int, default=USERS)
    options.add_argument("--worlds", nargs="+", choices=WORLDS, default=list(WORLDS))
    options.add_argument("--kept", type=Path)
    given = options.parse_args()
    sys.exit(main(given.worlds, given.seeds, given.seed, given.users, given.kept))
