"""How right the risks and the sums are where the truth is known: a simulated base with a hazard for every user.

    python benchmarks/bench_truth.py             20,000 users, two test cutoffs, some minutes
    python benchmarks/bench_truth.py --seed 12   another such base

Every simulated user has a true probability of no order in the horizon (features/simulate.py). Calibration slope and
intercept are those of the true probability on the predicted one's log-odds: 1 and 0 are perfect. Value is compared with
what came. The best AUC that anybody could reach is that of the true probabilities themselves. Exits 1 where the slope
leaves 0.9 to 1.1, or a value sum is more than 5 % off.
"""

import argparse
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from features.config import load
from features.simulate import churn_probability, simulate
from features.user_base import opened
from training.evaluation.backtest import Result, backtest

USERS, DAYS, HORIZON = 20_000, 720, 30


def line(truth: np.ndarray, risk: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the true probability on the log-odds of the predicted one: each user counts as both
    outcomes, by their probabilities."""
    odds = np.log(risk / (1 - risk))
    outcome, weight = np.repeat([1, 0], len(risk)), np.concatenate([truth, 1 - truth])
    fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(np.tile(odds, 2)[:, None], outcome, weight)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def measured(folder: Path, seed: int) -> list[tuple[Result, np.ndarray]]:
    """Each test cutoff's result, and its users' true probabilities."""
    simulate(folder, USERS, days=DAYS, seed=seed)
    tables = "\n".join(
        f'[tables.{name}]\npath = "{name}/*.parquet"' + ('\nfixed = ["channel"]' if name == "users" else "")
        for name in ("orders", "events", "users", "messages", "points", "feedback")
    )
    (folder / "holdfast.toml").write_text(f"[churn]\nhorizon_days = {HORIZON}\n{tables}\n", encoding="utf-8")
    config, truth = load(folder / "holdfast.toml"), pq.read_table(folder / "truth")
    with opened(config) as base:
        midnight = (base.tables.observed_until - timedelta(seconds=1)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        last = midnight - timedelta(days=HORIZON)
        results = backtest(base, [last - timedelta(days=2 * HORIZON), last])
    places = [pc.index_in(one.test.user_id, truth["user_id"].combine_chunks()) for one in results]
    return [
        (one, churn_probability(truth, one.as_of.date(), HORIZON)[place.to_numpy()])
        for one, place in zip(results, places, strict=True)
    ]


def main(seed: int) -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for result, truth in measured(Path(folder), seed):
            risk, churned = result.risk["holdfast"], result.test.churned
            slope, intercept = line(truth, risk)
            off = result.score["expected_value"].sum() / result.test.value.sum() - 1
            print(f"as of {result.as_of:%Y-%m-%d}: {len(risk):,} users, {truth.mean():.1%} to churn in truth")
            print(f"  predicted {risk.mean():.1%}, slope {slope:.3f} (0.9 to 1.1), intercept {intercept:+.3f}")
            print(f"  mean distance from the true probability {np.abs(risk - truth).mean():.3f}")
            print(f"  AUC {roc_auc_score(churned, risk):.4f}, of the truth itself {roc_auc_score(churned, truth):.4f}")
            print(f"  expected value: sum {off:+.1%} against what came (within 5 %)")
            failed |= not 0.9 <= slope <= 1.1 or abs(off) > 0.05
    return 1 if failed else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--seed", type=int, default=11, help="of the simulated base")
    sys.exit(main(options.parse_args().seed))
