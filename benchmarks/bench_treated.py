"""What to do with training rows of users whom campaigns treated: ``train.treated`` = keep, drop or feature.

    python benchmarks/bench_treated.py                       some minutes; --users N, --seeds N

A simulated base whose contacts work on some users and harm others goes on for 120 days. Every 15 days a message goes to
nine in ten of the users whom a rule picks: ``random`` three in ten of all, ``silent`` who ordered last 10 to 40 days
before. Then nobody is written to, and the simulation tells each user's exact chance of no order in the next 30 days.
Per rule and way to train: share of treated rows, bias of the risk (mean risk less mean chance, in points) over all
users and over those whom the rule ``silent`` would pick, and the expected log loss. ``no messages`` is the same base
where nobody was written to: what is off there is not the campaigns' doing.
"""

import argparse
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # this checkout, not whichever one is installed

import numpy as np
import pandas as pd
import pyarrow as pa

BEGIN, HISTORY, STEPS, GAP, H = date(2025, 6, 1), 240, 8, 15, 30
TREATED = 0.9
WAYS = ("keep", "drop", "feature")
TOML = """\
[engine]
threads = 1
[tables.orders]
path = "orders/*.parquet"
[tables.events]
path = "events/*.parquet"
[tables.users]
path = "users/*.parquet"
[tables.messages]
path = "messages/*.parquet"
[churn]
activity = ["orders"]
horizon_days = 30
[train]
cutoffs = 8
"""


def silent(folder: Path, at: date) -> pd.Series:
    """Whether users ordered last 10 to 40 days before."""
    orders = pd.read_parquet(folder / "orders", columns=["user_id", "time"])
    last = orders.groupby("user_id")["time"].max()
    days = (pd.Timestamp(at, tz="UTC") - last).dt.days
    return days.between(10, 40)


def make(folder: Path, users: int, seed: int, rule: str | None) -> date:
    """The base, gone on with; the moment from which nobody is written to."""
    from features.simulate import World, simulate
    from features.simulation.go_on import go_on

    simulate(folder, users, seed=seed, until=BEGIN, days=HISTORY, world=World(contact_effects=True))
    rng, at = np.random.default_rng(seed), BEGIN
    for _ in range(STEPS):
        picked = silent(folder, at)
        if rule == "random":
            picked = pd.Series(rng.random(len(picked)) < 0.3, picked.index)
        ids = picked.index[picked & (rng.random(len(picked)) < TREATED)] if rule else picked.index[:0]
        sent = {
            "user_id": pa.array(ids, pa.int64()),
            "time": pa.array([pd.Timestamp(at, tz="UTC") + timedelta(hours=9)] * len(ids), pa.timestamp("us", "UTC")),
            "channel": pa.array(["email"] * len(ids), pa.string()),
            "campaign_id": pa.array([f"{at}-0123456789/winback"] * len(ids), pa.string()),
        }
        go_on(folder, pa.table(sent), GAP, seed)
        at += timedelta(days=GAP)
    nobody = pa.table({name: column.slice(0, 0) for name, column in ((k, v) for k, v in sent.items())})
    go_on(folder, nobody, H, seed)
    (folder / "holdfast.toml").write_text(TOML)
    return at


def measure(folder: Path, at: date, way: str) -> dict[str, float]:
    """Train in one way, and hold the risk against the truth."""
    from datetime import datetime

    from features.config import load
    from features.user_base import opened
    from training.fit.train import fit, training_rows
    from training.rows.spine import floats, present

    config = load(folder / "holdfast.toml")
    config = config.model_copy(update={"train": config.train.model_copy(update={"treated": way})})
    now = datetime(at.year, at.month, at.day)
    with opened(config) as base:
        learn = training_rows(base, now)
        bundle = fit(base, learn, now)
        test = present(base, now, 10**9)
    risk = bundle.risk(bundle.matrix(test), 1)
    truth = pd.read_parquet(folder / "truth", columns=["user_id", "no_order_if_not"]).set_index("user_id")
    chance = truth.loc[test["user_id"].to_pylist(), "no_order_if_not"].to_numpy()
    days = floats(test["days_since_active"])
    mid = (days >= 10) & (days <= 40)
    loss = -(chance * np.log(risk) + (1 - chance) * np.log1p(-risk)).mean()
    return {
        "treated rows": learn.treated,
        "rows": len(learn),
        "bias": 100 * (risk - chance).mean(),
        "bias silent": 100 * (risk - chance)[mid].mean(),
        "log loss": loss,
        "floor": -(chance * np.log(chance.clip(1e-9)) + (1 - chance) * np.log((1 - chance).clip(1e-9))).mean(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--users", type=int, default=6000)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    found = []
    for seed in range(1, given.seeds + 1):
        for rule in (None, "random", "silent"):
            with tempfile.TemporaryDirectory() as name:
                at = make(Path(name), given.users, seed, rule)
                for way in WAYS if rule else ("keep",):
                    one = {"rule": rule or "no messages", "way": way, "seed": seed} | measure(Path(name), at, way)
                    print(one, flush=True)
                    found.append(one)
    table = pd.DataFrame(found).drop(columns="seed").groupby(["rule", "way"], sort=False)
    print(pd.concat({"mean": table.mean(), "sd": table.std()}, axis=1).round(4).to_string())


if __name__ == "__main__":
    main()
