"""How right churn curves and lifetimes turn out to be: told K horizons before the logs end, held against what came.

    python benchmarks/bench_lifetime.py                        dunnhumby and essec (HOLDFAST_DATA), about a minute each
    python benchmarks/bench_lifetime.py dunnhumby cdnow:2      the named logs; :2 = two horizons ahead

Per log: mean lifetime and lifetime value told and come, and the share of users whose value came to lie in its 80 %
interval; per horizon of the curve the mean risk told, the share of users who had churned, and the AUC.
"""

import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.metrics import roc_auc_score

from features.config import Config, load
from features.engine.duckdb_session import threads
from features.errors import BadInput
from features.user_base import opened
from training.fit.train import complete, training_rows
from training.models.churn_curve import name
from training.rows.labels import horizon_labels
from training.rows.spine import floats, rows

HERE = Path(__file__).parent


def measure(config: Config) -> None:
    """Train as far before the end of the logs as the lifetime reaches, and print what came of it."""
    windows = config.lifetime_horizons
    with opened(config) as base:
        test = base.tables.observed_until - timedelta(days=config.churn.gap_days + config.horizon * windows)
        learn = training_rows(base, test)
        bundle = complete(base, learn, test)
        now = rows(base, [test])
        users = pa.table({"user_id": now.user_id})
        came = horizon_labels(base, base.tables.observed_until, test, users, windows).sort_by("user_id")
        table = pd.DataFrame({column: now.features[column] for column in bundle.features})
        score = bundle.score(table, threads(config))
    print(f"as of {test:%Y-%m-%d}, {len(now):,} users; {bundle.trained_on['curve']}; {bundle.trained_on['lifetime']}")
    value = floats(came["value"])
    active = config.horizon * np.mean(sum(floats(came[f"active_{k}"]) for k in range(1, windows + 1)))
    low, high = score["lifetime_value_low"], score["lifetime_value_high"]
    print(f"  lifetime days   told {score['lifetime_days'].mean():10.1f}  came {active:10.1f}")
    print(f"  lifetime value  told {score['lifetime_value'].mean():10.2f}  came {value.mean():10.2f}")
    print(f"  in the interval {np.mean((value >= low - 1e-9) & (value <= high + 1e-9)):.1%}")
    for days in bundle.curve:
        risk = score["churn_risk" if days == config.horizon else name(days)]
        churned = ~(now.days_to_return < days)
        auc = roc_auc_score(churned, risk) if 0 < churned.mean() < 1 else float("nan")
        print(f"  {days:6g} days  told {risk.mean():.3f}  came {churned.mean():.3f}  AUC {auc:.3f}")


def main() -> None:
    for given in sys.argv[1:] or ["dunnhumby", "essec"]:
        log, _, windows = given.partition(":")
        config = load(HERE / f"{log}.toml")
        if windows:
            value = config.value.model_copy(update={"lifetime_horizons": int(windows)})
            config = config.model_copy(update={"value": value})
        print(f"{log}, horizon {config.horizon:g} days, {config.lifetime_horizons} horizons ahead")
        try:
            measure(config)
        except BadInput as error:  # the log is not here, or it is too short
            print(f"  {error}")


if __name__ == "__main__":
    main()
