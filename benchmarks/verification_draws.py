"""What bench_verification.py draws its trials from: scored users whose outcome is known, and trials cut out of them."""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed
sys.path.insert(0, str(Path(__file__).parent))

import duckdb
import numpy as np
from bench_accuracy import STUDY, measured

from features.config import load
from features.simulate import simulate
from features.user_base import opened
from training.evaluation.backtest import evaluate
from training.verification.arms import Outcome, Sums, log_scale

LOGS = {"cdnow": "cdnow-90", "essec": "essec-365", "dunnhumby": "dunnhumby-28"}
TABLES = ("orders", "events", "users", "messages", "points", "feedback")
SIZES = ((200, 200), (950, 50), (9_500, 500))  # treatment, holdout


@dataclass(frozen=True, eq=False)
class Users:
    """Scored before a window, known after it. All of shape (users,); churned: 0 or 1."""

    churned: np.ndarray
    value: np.ndarray
    risk: np.ndarray
    expected: np.ndarray

    def __len__(self) -> int:
        return len(self.churned)


def scored(name: str, kept: Path | None = None) -> Users:
    """A log's users at the definition of FACTS.md, or the simulated base's, with scores from before their outcome.

    kept: a folder where they are looked for, and left.
    """
    file = kept / f"{name}.npz" if kept else None
    if file and file.exists():
        with np.load(file) as found:
            return Users(**found)
    with tempfile.TemporaryDirectory() as folder:
        result = _simulated(Path(folder)) if name == "simulated" else measured(STUDY[LOGS[name]], Path(folder))[1]
    users = Users(
        churned=np.asarray(result.test.churned, dtype=float),
        value=np.asarray(result.test.value, dtype=float),
        risk=result.score["churn_risk"].to_numpy(dtype=float),
        expected=result.score["expected_value"].to_numpy(dtype=float),
    )
    if file:
        np.savez(file, **vars(users))
    return users


def _simulated(folder: Path):
    simulate(folder, 20_000, days=730, seed=16)
    tables = "\n".join(
        f'[tables.{name}]\npath = "{name}/*.parquet"' + ('\nfixed = ["channel"]' if name == "users" else "")
        for name in TABLES
    )
    (folder / "holdfast.toml").write_text(f"[churn]\nhorizon_days = 30\n{tables}\n", encoding="utf-8")
    with opened(load(folder / "holdfast.toml")) as base:
        return evaluate(base, datetime(2025, 12, 1))


def sent_to(campaign: str) -> tuple[np.ndarray, np.ndarray]:
    """Of a dunnhumby campaign: whether each household got it, and what was known before on a log scale, (users, 3)."""
    folder = Path(os.environ.get("HOLDFAST_DATA", "../shared/data")) / "dunnhumby"
    found = duckdb.sql(f"""
        WITH began AS (
            SELECT start_date FROM '{folder}/campaign_descriptions.parquet' WHERE campaign_id = '{campaign}'),
        past AS (
            SELECT household_id, count(DISTINCT basket_id) AS baskets, sum(sales_value) AS spend,
                   date_diff('day', max(transaction_timestamp), any_value(start_date)::TIMESTAMP) AS days_since
            FROM '{folder}/transactions_sample.parquet', began WHERE transaction_timestamp < start_date GROUP BY ALL)
        SELECT past.*, household_id IN (
            SELECT household_id FROM '{folder}/campaigns.parquet' WHERE campaign_id = '{campaign}') AS treated
        FROM past""").fetchnumpy()
    known = [log_scale(found[name].astype(float)) for name in ("baskets", "spend", "days_since")]
    return found["treated"].astype(bool), np.column_stack(known)


def products(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Columns whose sums are an arm: shape (users, 5)."""
    return np.column_stack([y, y * y, x, x * x, x * y])


def summed(n: int, totals: np.ndarray) -> Sums:
    return Sums(n, *(float(total) for total in totals))


def halves(rows: np.ndarray, holdout: float, draws: int, seed: int) -> Iterator[Outcome]:
    """A/A trials: every user goes to one arm by chance, and nothing is done to anybody."""
    rng, n, total = np.random.default_rng(seed), len(rows), rows.sum(axis=0)
    held = round(n * holdout)
    for _ in range(draws):
        part = rows[rng.choice(n, held, replace=False, shuffle=False)].sum(axis=0)
        yield Outcome(summed(n - held, total - part), summed(held, part))


def drawn(treated: np.ndarray, held: np.ndarray, sizes: tuple[int, int], draws: int, seed: int) -> Iterator[Outcome]:
    """Trials with users drawn with replacement, their products as treated and as held out: the truth is the difference
    of the two means."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        sums = [rows[rng.integers(0, len(rows), n)].sum(axis=0) for rows, n in zip((treated, held), sizes, strict=True)]
        yield Outcome(summed(sizes[0], sums[0]), summed(sizes[1], sums[1]))


def population(share: float, spread: float, effect: float, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Users with a known churn probability, Beta with this mean and this α + β, and a risk that is off by .02; as
    treated and as held out, and the true effect. spread: infinite where all are alike and the risk knows nothing."""
    rng = np.random.default_rng(seed)
    n = 200_000
    p = np.full(n, share) if np.isinf(spread) else rng.beta(share * spread, (1 - share) * spread, n)
    risk, luck = p + rng.normal(0, 0.02, n), rng.random(n)
    treated, held = luck < p * (1 + effect / share), luck < p
    rows = [products(y.astype(float), risk) for y in (treated, held)]
    return rows[0], rows[1], float(treated.mean() - held.mean())
