"""Does the whole loop tell the truth? Plan, export, send, verify, on a simulated base whose contacts change users.

    python benchmarks/bench_campaign_loop.py [--runs 400] [--users 3000]     some seconds a run
    … --from-seed 160                                                        runs 160 to 399 only
    … --kept loop.jsonl                                                      a line a run; others are not done again

One base is simulated, scored once by the model that needs no training, and then used in every run: each run draws its
holdouts anew (an epoch of its own), plans, approves and exports a play, lets the simulation send what was exported and
go on, and verifies. The truth is exact: every assigned user's chance to have churned with a message less without.
Prints how often the interval held it, and how often a verdict stood on its wrong side. Exits 1 where coverage is not
95 ± 2 %; with fewer than 400 runs, not within 2 % and what so few runs may differ by.
"""

import argparse
import json
import shutil
import sys
import tempfile
from datetime import date, datetime, timedelta
from math import sqrt
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.config import load
from features.simulate import World, simulate
from features.simulation.go_on import go_on
from features.user_base import opened
from serving.batch.score import score
from serving.batch.snapshot import latest
from serving.campaigns.export import export
from serving.campaigns.plan import plan
from serving.campaigns.receipts import SENT, approve
from serving.verification.assigned_users import assigned_users, goals
from training.fit import cold_start_bundle
from training.tracking import Version
from training.verification.campaigns.verify import Verified, only, verify

UNTIL, DAYS, HORIZON, SHARE = date(2026, 1, 1), 365, 30, 0.3
AT = datetime(UNTIL.year, UNTIL.month, UNTIL.day)
TOML = """\
[engine]
threads = 1
[tables.orders]
path = "data/orders/*.parquet"
[tables.users]
path = "data/users/*.parquet"
[tables.messages]
path = "data/messages/*.parquet"
[churn]
activity = ["orders"]
horizon_days = {horizon}
[contact]
global_holdout = 0
cooldown_days = 0
epoch = "{epoch}"
[contact.channels.email]
[[play]]
name = "win_back"
all = ["value_at_stake > 0"]
channels = ["email"]
holdout = {share}
cooldown_days = 0
"""


def main(runs: int, users: int, first: int, kept: Path | None) -> int:
    """Print the table of the runs; returns the exit code. kept: a file with a line a run, see ``_told``."""
    done, begin = _read(kept, users), perf_counter()
    with tempfile.TemporaryDirectory() as name:
        scored = Path(name) / "scored"
        _scored(scored, users)
        for run in (one for one in range(first, runs) if one not in done):
            done[run] = _told(*_loop(scored, Path(name) / "run", run)) | {"run": run, "users": users}
            if kept:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(done[run]) + "\n")
            if (run + 1) % 20 == 0:
                print(f"{run + 1:5} runs, {perf_counter() - begin:.0f} s", flush=True)
    return _judged([one for run, one in sorted(done.items()) if first <= run < runs])


def _told(one: Verified, truth: float) -> dict[str, Any]:
    """What counts of a run: the true effect and what was told of it, and the users of both arms."""
    assert one.churn is not None, one.verdict.sentence.en
    effect = one.churn
    return {"truth": truth, "told": effect.difference, "low": effect.low, "high": effect.high, "arms": one.users}


def _read(kept: Path | None, users: int) -> dict[int, dict[str, Any]]:
    lines = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
    return {one["run"]: one for one in map(json.loads, lines) if one["users"] == users}


def _judged(found: list[dict[str, Any]]) -> int:
    truth, told, low, high = (np.array([one[name] for one in found]) for name in ("truth", "told", "low", "high"))
    sizes = "{:,} treated, {:,} held out".format(*found[0]["arms"])
    print(f"one run: {sizes}, true effect {100 * truth[0]:+.2f} points")
    runs, coverage, proven = len(found), float(np.mean((low <= truth) & (truth <= high))), (low > 0) | (high < 0)
    wrong = proven & ((told > 0) != (truth > 0))
    room = 0.02 if runs >= 400 else 0.02 + 1.96 * sqrt(0.95 * 0.05 / runs)
    print(f"{f'interval holds the true effect, {runs} runs':40}{coverage:8.1%}   wanted 95 ± {100 * room:.1f} %")
    errors = told - truth
    print(f"{'mean error, points':40}{100 * errors.mean():+8.2f}   ± {196 * errors.std() / sqrt(runs):.2f}")
    print(f"{'proven':40}{proven.mean():8.1%}\n{'proven on the wrong side':40}{wrong.mean():8.1%}")
    return int(abs(coverage - 0.95) > room)


def _scored(folder: Path, users: int) -> None:
    """A base, scored as of its end."""
    simulate(folder / "data", users, until=UNTIL, days=DAYS, world=World(contact_effects=True))
    _write(folder, "first")
    config = load(folder / "holdfast.toml")
    with opened(config) as base:
        score(base, Version("light", "", cold_start_bundle.bundle(base, base.tables.observed_until)))


def _write(folder: Path, epoch: str) -> None:
    text = TOML.format(horizon=HORIZON, epoch=epoch, share=SHARE)
    (folder / "holdfast.toml").write_text(text, encoding="utf-8")


def _loop(scored: Path, folder: Path, run: int) -> tuple[Verified, float]:
    """One campaign from plan to verdict, and the true mean effect on everybody assigned."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(scored, folder)
    _write(folder, f"e{run}")
    config = load(folder / "holdfast.toml")
    with opened(config) as base:
        planned = plan(base, latest(config.store_path), "ann")
        approve(planned, "bob", AT)
        told = export(base, planned, "win_back", "parquet", AT, "bob")
        sent = pq.read_table(told.folder / SENT)
    sent = sent.filter(pc.equal(sent["arm"], "treatment"))
    messages = pa.table(
        {
            "user_id": sent["user_id"],
            "time": pa.array([AT + timedelta(hours=10)] * len(sent), pa.timestamp("us", "UTC")),
            "channel": sent["channel"],
            "campaign_id": pa.array([f"{planned.name}/win_back"] * len(sent)),
        }
    )
    go_on(folder / "data", messages, HORIZON, seed=run)
    truth = pq.read_table(folder / "data" / "truth", columns=["user_id", "no_order_if_sent", "no_order_if_not"])
    go_on(folder / "data", messages.slice(0, 0), 2, seed=run)  # so that the logs reach beyond the window
    with opened(config) as base:
        rows = only(assigned_users(base), ["win_back"])
        (one,) = verify(base, rows, goals(config.store_path))
    mine = truth.filter(pc.is_in(truth["user_id"], rows["user_id"].combine_chunks()))
    return one, float(np.mean(mine["no_order_if_sent"].to_numpy() - mine["no_order_if_not"].to_numpy()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--users", type=int, default=3000)
    parser.add_argument("--from-seed", type=int, default=0)
    parser.add_argument("--kept", type=Path)
    given = parser.parse_args()
    sys.exit(main(given.runs, given.users, given.from_seed, given.kept))
