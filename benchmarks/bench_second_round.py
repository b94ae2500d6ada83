"""Does a run that goes by what the one before taught earn more than one that goes by churn risk?

    python benchmarks/bench_second_round.py [--seeds 8] [--users 10000]     about a minute a seed
    … --kept rounds.jsonl     a line a seed; others are not done again
    … --fixed ""              no attribute of users is known to never change

A base is simulated whose contacts change users, each in their own way. A play is planned, exported, sent by the
simulation and verified; then the base is scored again and the play planned anew, with rank "auto", with "auto" by save
rates alone, for reading, and with "churn_risk", at the same budget, a third of what all would cost. What each run earns
is the simulation's truth: of everybody it treats, the expected amounts in 30 days with a message less without, less the
cost. Prints all by seed, the mean difference with its standard error, and what an oracle earns. Exits 1 where auto does
not earn more by two errors.
"""

import argparse
import json
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.bench_campaign_loop import AT, DAYS, HORIZON, UNTIL
from features.config import Config, load
from features.simulate import World, simulate
from features.simulation.go_on import go_on
from features.user_base import UserBase, opened
from serving.batch.score import score
from serving.batch.snapshot import Snapshot
from serving.campaigns.export import export
from serving.campaigns.plan import plan
from serving.campaigns.receipts import SENT, approve
from serving.campaigns.run import Run
from serving.campaigns.saves.kept import write_save_rates
from serving.verification.assigned_users import assigned_users, goals
from serving.verification.save_rates import save_rates_by_play
from serving.verification.uplifts import with_uplift
from training.fit import cold_start_bundle
from training.tracking import Version
from training.verification.campaigns.verify import verify

WAYS = ("auto", "rates", "churn_risk", "oracle")
COST, HELD, PART = 3.0, 0.3, 1 / 3
REST = 2  # days after the window, so that the logs reach beyond it
TOML = """\
[engine]
threads = 1
[tables.orders]
path = "data/orders/*.parquet"
[tables.users]
path = "data/users/*.parquet"
fixed = [{fixed}]
[tables.messages]
path = "data/messages/*.parquet"
[churn]
activity = ["orders"]
horizon_days = {horizon}
[contact]
global_holdout = 0
cooldown_days = 0
[contact.channels.email]
[[play]]
name = "win_back"
all = ["value_at_stake > 0"]
channels = ["email"]
holdout = {held}
cost = {cost}
budget = {budget}
cooldown_days = 0
rank = "{rank}"
"""


def main(seeds: int, users: int, fixed: str, kept: Path | None) -> int:
    """Print a line a seed and the mean; returns the exit code."""
    lines = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
    done = {one["seed"]: one for one in map(json.loads, lines) if (one["users"], one["fixed"]) == (users, fixed)}
    for seed in (one for one in range(seeds) if one not in done):
        begin = perf_counter()
        with tempfile.TemporaryDirectory() as name:
            done[seed] = _round(Path(name), users, seed, fixed) | {"seed": seed, "users": users, "fixed": fixed}
        if kept:
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(done[seed]) + "\n")
        print(f"{perf_counter() - begin:.0f} s: {_line(done[seed])}\n    {done[seed]['why']}", flush=True)
    found = [done[seed] for seed in range(seeds)]
    auto, rates, risk, best = (np.array([one[name]["net"] for one in found]) for name in WAYS)
    more = auto - risk
    error = more.std(ddof=1) / np.sqrt(len(more))
    print(f"true net value of {seeds} second rounds, mean: auto {auto.mean():,.0f}, churn_risk {risk.mean():,.0f}")
    print(f"by save rates alone {rates.mean():,.0f}, an oracle {best.mean():,.0f}")
    print(f"auto earns more than churn_risk by {more.mean():,.0f} ± {error:,.0f} (standard error)")
    print(f"more in {(more > 0).sum()} of {seeds}")
    return int(more.mean() <= 2 * error)


def _line(one: dict[str, Any]) -> str:
    told = (f"{name} {one[name]['net']:,.0f} of {one[name]['treated']:,}" for name in WAYS)
    return f"seed {one['seed']}: trial {one['trial'][0]:,}/{one['trial'][1]:,}; {', '.join(told)}; by {one['by']}"


def _round(folder: Path, users: int, seed: int, fixed: str) -> dict[str, Any]:
    data = folder / "data"
    simulate(data, users, seed=seed, until=UNTIL, days=DAYS, world=World(contact_effects=True))
    with opened(_settings(folder, fixed, 10 * users * COST)) as base:
        first = plan(base, _scored(base), "ann")
        approve(first, "bob", AT)
        sent = pq.read_table(export(base, first, "win_back", "parquet", AT, "bob").folder / SENT)
    sent = sent.filter(pc.equal(sent["arm"], "treatment"))
    times = pa.array([AT + timedelta(hours=10)] * len(sent), pa.timestamp("us", "UTC"))
    messages = pa.table({"user_id": sent["user_id"], "time": times, "channel": sent["channel"]})
    messages = messages.append_column("campaign_id", pa.array([f"{first.name}/win_back"] * len(sent)))
    go_on(data, messages, HORIZON + REST, seed=seed)
    budget = PART * COST * len(sent)
    runs = {}
    config = _settings(folder, fixed, budget)
    with opened(config) as base:
        rows = assigned_users(base)
        found = verify(base, rows, goals(config.store_path))
        rates = save_rates_by_play(found, rows)
        learned = with_uplift(base, rates, found)
        snapshot = _scored(base)
    for name, rank, kept in (("auto", "auto", learned), ("rates", "auto", rates), ("churn_risk", "churn_risk", rates)):
        write_save_rates(config.store_path, kept)
        with opened(_settings(folder, fixed, budget, rank)) as base:
            runs[name] = plan(base, snapshot, "ann")
    shutil.copytree(data, folder / "ahead")
    go_on(folder / "ahead", messages.slice(0, 0), HORIZON, seed=seed)
    truth = pq.read_table(folder / "ahead" / "truth", columns=["user_id", "value_if_sent", "value_if_not"])
    rank = runs["auto"].report["plays"][0]["rank"]
    earned = {name: _earned(truth, _treated(run)) for name, run in runs.items()}
    could = pa.concat_tables([pq.read_table(file, columns=["user_id"]) for file in runs["churn_risk"].files])
    could = could.filter(pc.is_in(could["user_id"], _drawn(runs["churn_risk"])))
    gains = np.sort(_gains(truth, could["user_id"]))[::-1][: int(budget / COST)]
    oracle = {"net": float(gains[gains > 0].sum()), "treated": int((gains > 0).sum())}
    return earned | {"oracle": oracle, "trial": found[0].users, "by": rank["by"], "why": rank["why"]}


def _settings(folder: Path, fixed: str, budget: float, rank: str = "auto") -> Config:
    listed = ", ".join(f'"{one}"' for one in fixed.split(",") if one)
    text = TOML.format(horizon=HORIZON, held=HELD, cost=COST, budget=budget, rank=rank, fixed=listed)
    (folder / "holdfast.toml").write_text(text, encoding="utf-8")
    return load(folder / "holdfast.toml")


def _scored(base: UserBase) -> Snapshot:
    return score(base, Version("light", "", cold_start_bundle.bundle(base, base.tables.observed_until)))


def _treated(run: Run) -> pa.Array:
    rows = pa.concat_tables([pq.read_table(file, columns=["user_id", "arm"]) for file in run.files])
    return rows.filter(pc.equal(rows["arm"], "treatment"))["user_id"].combine_chunks()


def _drawn(run: Run) -> pa.Array:
    """Whom the play could have treated: those over its budget come in whichever arm, which the oracle may choose of."""
    rows = pa.concat_tables([pq.read_table(file, columns=["user_id", "arm", "reason"]) for file in run.files])
    held = pc.equal(rows["arm"], "holdout")
    over = pc.equal(rows["reason"], "over_budget")
    return rows.filter(pc.or_(pc.fill_null(over, False), pc.invert(pc.fill_null(held, True))))[
        "user_id"
    ].combine_chunks()


def _gains(truth: pa.Table, users: pa.Array | pa.ChunkedArray) -> np.ndarray:
    mine = truth.filter(pc.is_in(truth["user_id"], pc.unique(users)))
    return mine["value_if_sent"].to_numpy() - mine["value_if_not"].to_numpy() - COST


def _earned(truth: pa.Table, users: pa.Array) -> dict[str, Any]:
    return {"net": float(_gains(truth, users).sum()), "treated": len(users)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--fixed", default="channel")
    parser.add_argument("--kept", type=Path)
    given = parser.parse_args()
    sys.exit(main(given.seeds, given.users, given.fixed, given.kept))
