"""Risk against what users are worth if they stay: the grid that operations read, and how right it turned out to be.

    python benchmarks/bench_worth.py              cdnow and essec (HOLDFAST_DATA) and a demo's base, some minutes
    python benchmarks/bench_worth.py essec demo   the named ones

Per base, as of the end of its logs: users, value at stake and value at stake a user, by risk band and stay tier. Then a
horizon earlier: what those who stayed were told to be worth and what they brought, by stay tier and by band; the
expected value against (1 − risk) × value if they stay; and the churn curve, told and come. Exits 1 where a cell of the
first grid is empty, value at stake a user falls along an axis by more than two standard errors, or expected values are
not that product. (The highest tier has no upper end: within it, the riskiest may be told to be worth less.)
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np
import pandas as pd

from features.config import Config, load
from features.engine.duckdb_session import threads
from features.simulate import simulate
from features.user_base import UserBase, opened
from serving.cli.demo.demo_config import CONFIG
from serving.scoring.scorer import score_columns
from training.evaluation.backtest import test_cutoffs
from training.fit.train import fit, training_rows
from training.models import churn_curve
from training.models.log_loss import log_loss
from training.rows.spine import present, rows
from training.trained_model import Bundle

HERE, USERS = Path(__file__).parent, 5_000


@contextmanager
def configured(name: str) -> Iterator[Config]:
    with tempfile.TemporaryDirectory() as folder:
        file = HERE / f"{name}.toml"
        if name == "demo":
            file = Path(folder) / "holdfast.toml"
            simulate(file.parent / "data", USERS)
            file.write_text(CONFIG, encoding="utf-8")
        yield load(file)


def grid(base: UserBase) -> tuple[Bundle, np.ndarray, np.ndarray, np.ndarray]:
    """The model for the end of the logs, and by risk band and stay tier its users, their value at stake, and the
    variance of its mean."""
    at = base.tables.observed_until
    bundle = fit(base, training_rows(base, at), at, curve=True)
    found = score_columns(bundle, present(base, at, sys.maxsize), threads(base.config), why=False)
    bands, tiers = base.config.risk.names, base.config.value.tiers[1:]
    stake = found["value_at_stake"].to_numpy()
    place = (
        np.array([bands.index(one) for one in found["risk_band"].to_pylist()]),
        np.array([tiers.index(one) for one in found["stay_tier"].to_pylist()]),
    )
    users, sums, squares = (np.zeros((len(bands), len(tiers))) for _ in range(3))
    for to, what in ((users, 1), (sums, stake), (squares, stake**2)):
        np.add.at(to, place, what)
    many = np.maximum(users, 1)
    return bundle, users, sums, (squares / many - (sums / many) ** 2) / many


def show(config: Config, users: np.ndarray, sums: np.ndarray, variance: np.ndarray) -> list[str]:
    """Print the grid; what does not hold in it."""
    tiers = config.value.tiers[1:]
    print("  users, value at stake, value at stake a user" + "".join(f"{name:>28}" for name in tiers))
    each = sums / np.maximum(users, 1)
    for band, name in reversed(list(enumerate(config.risk.names))):
        cells = (
            f"{n:>10,.0f} {total:>10,.0f} {one:>6.1f}"
            for n, total, one in zip(users[band], sums[band], each[band], strict=True)
        )
        print(f"  {name:<44}" + "".join(cells))
    failed = ["a cell is empty"] if (users == 0).any() else []
    for axis in (0, 1):
        error = np.sqrt(variance + np.roll(variance, 1, axis)).take(range(1, users.shape[axis]), axis)
        if (np.diff(each, axis=axis) < -2 * error).any():
            failed.append(f"value at stake a user falls along {('risk', 'the stay tiers')[axis]}")
    return failed


def told(base: UserBase) -> list[str]:
    """Print how right it was a horizon before the end; what does not hold of it."""
    (at,) = test_cutoffs(base)
    bundle, test = fit(base, training_rows(base, at), at, curve=True), rows(base, [at])
    score = bundle.score(pd.DataFrame({name: test.features[name] for name in bundle.features}), threads(base.config))
    worth, risk, expected = (score[name].to_numpy() for name in ("value_if_stays", "churn_risk", "expected_value"))
    stayed, tier = test.churned == 0, score["stay_tier"].to_numpy()
    print(f"  as of {at:%Y-%m-%d}: {len(test):,} users, {stayed.sum():,} stayed; {bundle.trained_on['curve']}")
    groups = [(f"{name} stay tier", tier == 1 + k) for k, name in enumerate(base.config.value.tiers[1:])]
    groups += [
        (f"{name} third by risk", np.isin(np.arange(len(risk)), part))
        for name, part in zip(("low", "mid", "high"), np.array_split(np.argsort(risk), 3), strict=True)
    ]
    for name, group in [("all", stayed | True), *groups]:
        mine = group & stayed
        if mine.any():
            came = test.value[mine].mean()
            print(f"    worth if they stay, {name:<20} told {worth[mine].mean():9.2f}  brought {came:9.2f}")
    off = np.abs((1 - risk) * worth - expected).max()
    print(f"    expected value told {expected.sum():,.0f}, came {test.value.sum():,.0f}; product differs by {off:.1e}")
    for days in bundle.curve:
        if test.observed[0] >= days:
            one = score["churn_risk" if days == bundle.horizon else churn_curve.name(days)].to_numpy()
            gone = ~(test.days_to_return < days)
            loss = log_loss(one, gone).mean()
            print(f"    {days:6g} days  told {one.mean():.3f}  came {gone.mean():.3f}  log loss {loss:.4f}")
    exact = "stay" in bundle.boosters or np.allclose((1 - risk) * worth, expected, rtol=1e-9)
    return [] if exact else ["expected value is not (1 − risk) × value if they stay"]


def main(names: list[str]) -> int:
    failed = []
    for name in names or ["demo", "cdnow", "essec"]:
        with configured(name) as config, opened(config) as base:
            bundle, *cells = grid(base)
            print(f"{name}, as of {base.tables.observed_until:%Y-%m-%d}; {bundle.trained_on['curve']}")
            failed += [f"{name}: {what}" for what in [*show(config, *cells), *told(base)]]
    print("\n".join(failed) if failed else "all of it holds")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
