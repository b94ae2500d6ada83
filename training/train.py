"""Trains a whole system from clean tables: spine, features, labels, churn and value models, frozen bounds."""

from datetime import datetime

import numpy as np
from ibis.backends.duckdb import Backend

from features.clean import Tables
from features.config import Config
from features.engine import threads
from features.errors import GateFailed
from features.population import measure
from training import boost, churn, value
from training.bundle import Bundle, quantiles
from training.labels import window
from training.spine import Progress, Rows, rows, silent, training_cutoffs


def training_rows(
    config: Config, con: Backend, tables: Tables, test: datetime, progress: Progress = silent
) -> Rows:
    """The rows to learn from for predictions at ``test``. Raises BadInput where no label window has closed by then."""
    return rows(config, con, tables, training_cutoffs(config, tables.observed_from, test), config.train.rows, progress)


def fit(
    config: Config, con: Backend, tables: Tables, learn: Rows, test: datetime, progress: Progress = silent
) -> Bundle:
    """A trained system from rows whose label windows close by ``test``. Raises GateFailed where all churned or all stayed."""
    churned = int(learn.churned.sum())
    if churned in (0, len(learn)):
        raise GateFailed(
            f"all {len(learn):,} users at {len(learn.cutoffs)} cutoffs {'churned' if churned else 'stayed'}: nothing to learn; "
            f"{'raise' if churned else 'lower'} churn.horizon_days (now {config.horizon:g})"
        )
    names = boost.varying(list(learn.features), learn.matrix(list(learn.features)))
    cores, seed = threads(config), config.train.seed
    progress("training", 0, 2)
    boosters = {"churn": churn.train(learn, names, test, seed=seed, threads=cores)}
    progress("training", 1, 2)
    others, bounds = value.train(config, learn, names, threads=cores, weight=churn.season_weight(learn, test))
    progress("training", 2, 2)
    last = learn.cutoff == len(learn.cutoffs) - 1
    risk = boost.predict(boosters["churn"], learn.matrix(names)[last], cores)
    return Bundle(
        boosters=boosters | others,
        features=tuple(names),
        bounds=bounds,
        risk_quantiles=quantiles(risk),
        population=measure(con, config, tables.tables, learn.cutoffs[-1]),
        config=config.model_dump(mode="json"),
        config_hash=config.hash(),
        trained_on={
            "cutoffs": [f"{at:%Y-%m-%dT%H:%M}" for at in learn.cutoffs],
            "labels_close": f"{learn.cutoffs[-1] + window(config):%Y-%m-%dT%H:%M}",
            "rows": len(learn),
            "churn_rate": round(float(np.mean(learn.churned)), 6),
        },
        metrics={},
    )
