"""How right the expected flow is: told at a past date one horizon ahead, held against what came.

    python benchmarks/bench_next.py                           cdnow at 90 and at 30 days, and a simulated base at 30
    python benchmarks/bench_next.py cdnow-30 simulated-30     the named ones

At each date the model is the one that would have scored then, trained on windows closed by that date; its table comes
from the last closed horizon. Beside it "the last flow again": as many users go each way as in the last horizon. Per
base the mean absolute error in users, of the moves (pairs of stages that anybody took or was told to take) and of the
users on each stage one horizon on, over the users known at the date; and how many moves lie in their 95 % interval, by
chance alone and widened by how far off the forecast before was.
"""

import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np
import pyarrow as pa

from features.boards.scored.flow_table import WIDE, Moves, expected, mean_error, spread
from features.build import build, known
from features.catalogue.feature import parse
from features.config import Config
from features.groups.lifecycle import compile_rules, place
from features.simulate import simulate
from features.user_base import UserBase, opened
from serving.scoring.scorer import snapshot_rows
from training.fit.train import fit, training_rows
from training.rows.labels import ahead

HERE = Path(__file__).parent
TESTS = 4  # dates at most that are told and held against what came
LEARNT = 2.5  # horizons before the first date, to learn from
USERS, DAYS = 20_000, 540  # of the simulated base
Deciles = Callable[[pa.Table], list[int | None]]
WAYS: dict[str, Deciles] = {
    "stage alone": lambda rows: [None] * len(rows),
    "stage x risk decile": lambda rows: _tenths(rows["risk_percentile"], 10.0),
    "stage x tenth of risk": lambda rows: _tenths(rows["churn_risk"], 0.1),
    "stage x decile x silence": lambda rows: _both(rows),
}


@dataclass(frozen=True)
class Seen:
    """A date: every user's stage, and the rows as they would have been scored."""

    at: datetime
    stages: dict[object, str]
    rows: pa.Table


def _tenths(column: pa.ChunkedArray, width: float) -> list[int | None]:
    return [None if one is None else min(int(one // width), 9) for one in column.to_pylist()]


def _both(rows: pa.Table) -> list[int | None]:
    """The decile, and whether the user was active in the last week."""
    deciles = _tenths(rows["risk_percentile"], 10.0)
    return [
        None if one is None else 2 * one + (silent < 7)
        for one, silent in zip(deciles, rows["silent"].to_pylist(), strict=True)
    ]


def seen(base: UserBase, at: datetime, compiled) -> Seen:
    """Everybody known at a date, scored and placed as then."""
    bundle = fit(base, training_rows(base, at), at)
    names = list(dict.fromkeys(["days_since_active", *bundle.features]))
    users = base.con.to_pyarrow(known(base, at).order_by("user_id"))
    table = build(base, at, [parse(name) for name in names], users).sort_by("user_id")
    rows = snapshot_rows(bundle, table, at, base.config.eligible, "bench", "", 2)
    rows = rows.append_column("silent", table["days_since_active"].cast(pa.float64()))
    placed = place(base, at, users, rows["risk_band"].combine_chunks(), compiled)
    stages = dict(zip(users["user_id"].to_pylist(), placed.users["stage"].to_pylist(), strict=True))
    return Seen(at, stages, rows)


def flow(begin: Seen, end: Seen) -> Counter:
    """(stage, stage later) → users known at the first date."""
    return Counter((stage, end.stages[user]) for user, stage in begin.stages.items())


def told(before: Seen, now: Seen, deciles: Deciles) -> dict[tuple[str, str], tuple[float, float]]:
    """What the table of the last horizon expects of the next."""
    moves = Moves()
    for user, decile in zip(before.rows["user_id"].to_pylist(), deciles(before.rows), strict=True):
        moves.add(before.stages[user], decile, now.stages[user], 1)
    cells = Counter(
        (now.stages[user], decile)
        for user, decile in zip(now.rows["user_id"].to_pylist(), deciles(now.rows), strict=True)
    )
    return expected(moves, cells)


def on_stages(moves: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Users by stage one horizon on, as pairs of a stage with itself, for ``mean_error``."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for (_, following), users in moves.items():
        found[following, following] += users
    return found


def measure(name: str, config: Config) -> None:
    with opened(config) as base:
        compiled = compile_rules(base)
        last = base.tables.observed_until
        held = (last - base.tables.observed_from).days / config.horizon - LEARNT
        dates = [ahead(config, last, -config.horizon * k) for k in range(min(TESTS + 1, int(held)), -1, -1)]
        looks = [seen(base, at, compiled) for at in dates]
    errors: dict[str, list[tuple[float, float]]] = defaultdict(list)
    inside: dict[str, list[bool]] = defaultdict(list)
    widened: dict[str, list[bool]] = defaultdict(list)
    last_told: dict[str, dict] = {}
    for before, now, later in zip(looks, looks[1:], looks[2:], strict=False):
        came = flow(now, later)

        def note(way: str, moves: dict, came: Counter = came) -> None:
            errors[way].append((mean_error(moves, came), mean_error(on_stages(moves), on_stages(came))))

        again = flow(before, now)
        note("the last flow again", again)
        grown = len(now.stages) / len(before.stages)
        note("the last flow, grown", {pair: users * grown for pair, users in again.items()})
        for way, deciles in WAYS.items():
            ahead_of = told(before, now, deciles)
            note(way, {pair: mean for pair, (mean, _) in ahead_of.items()})
            inside[way] += _held(ahead_of, came, WIDE)
            if way in last_told:
                widened[way] += _held(ahead_of, came, WIDE * spread(last_told[way], again))
            last_told[way] = ahead_of
    print(f"\n{name}: {len(looks[-2].stages):,} users, {len(dates) - 2} dates up to {dates[-2]:%Y-%m-%d}")
    print(f"{'':<26}{'moves':>10}{'stages':>10}{'in 95 %':>10}{'widened':>10}")
    for way, found in errors.items():
        moves, stages = np.mean(found, axis=0)
        print(f"{way:<26}{moves:>10.1f}{stages:>10.1f}" + _shares(inside[way], widened[way]))


def _held(told: dict, came: Counter, wide: float) -> list[bool]:
    """Whether what came lies in the interval, of each move that was told."""
    return [abs(came[pair] - mean) <= wide * error for pair, (mean, error) in told.items()]


def _shares(*found: list[bool]) -> str:
    return "".join(f"{np.mean(one):>10.0%}" for one in found if one)


def config_of(name: str, folder: Path) -> Config:
    log, _, days = name.partition("-")
    if log == "simulated":
        simulate(folder / "data", USERS, days=DAYS)
        tables = {one: {"path": str(folder / f"data/{one}/*.parquet")} for one in ("orders", "events", "users")}
        settings: dict = {"tables": tables, "churn": {"activity": ["orders"]}}
        settings["tables"]["users"]["fixed"] = ["plan"]
        file = folder / "holdfast.toml"
    else:
        file = HERE / f"{log}.toml"
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    settings["churn"] = settings["churn"] | {"horizon_days": float(days)}
    settings["train"] = {"cutoffs": 6, "rows": 60_000}
    settings["store"] = {"path": str(folder / "store")}
    return Config(**settings, file=file)


def main() -> None:
    for name in sys.argv[1:] or ["cdnow-90", "cdnow-30", "simulated-30"]:
        with tempfile.TemporaryDirectory() as folder:
            measure(name, config_of(name, Path(folder)))


if __name__ == "__main__":
    main()
