"""Trains a whole system from clean tables: spine, features, labels, churn and value models, frozen bounds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from ibis.backends.duckdb import Backend

from features.build.population import measure
from features.config import Config
from features.engine.duckdb_session import threads
from features.errors import GateFailed
from features.progress import Progress, silent
from features.tables import Tables
from training.fit import protocol
from training.fit.lifetime_windows import outlook
from training.models import boost, boosting_rounds, calibration, churn, churn_curve, monotone, value
from training.rows import text_codes
from training.rows.labels import window
from training.rows.spine import Built, Rows, closed, present, rows, training_cutoffs
from training.trained_model import Bundle, quantiles

FEWEST = 100  # rows of either outcome; from fewer, LightGBM learns noise and its figures mean nothing


def training_rows(
    config: Config,
    con: Backend,
    tables: Tables,
    test: datetime,
    progress: Progress = silent,
    built: Built | None = None,
) -> Rows:
    """The rows to learn from for predictions at ``test``; see ``spine.rows`` for ``built``.

    Raises BadInput where no label window has closed by then.
    """
    cutoffs = training_cutoffs(config, tables.observed_from, test)
    return rows(config, con, tables, cutoffs, config.train.rows, progress, built, test)


def complete(
    config: Config,
    con: Backend,
    tables: Tables,
    learn: Rows,
    test: datetime,
    progress: Progress = silent,
    built: Built | None = None,
    tuned: Mapping[str, Any] | None = None,
) -> Bundle:
    """The same system as ``fit`` makes, with the churn curve's other horizons and with lifetimes: what is needed to
    score users, and not to measure risk and value. What it came to stands in ``trained_on``: curve, lifetime."""
    bundle = fit(config, con, tables, learn, test, progress, curve=True, tuned=tuned, built=built)
    found, what = outlook(config, con, tables, bundle, test, progress, built)
    return replace(bundle, lifetime=found, trained_on={**bundle.trained_on, "lifetime": what})


def fit(
    config: Config,
    con: Backend,
    tables: Tables,
    learn: Rows,
    test: datetime,
    progress: Progress = silent,
    curve: bool = False,
    tuned: Mapping[str, Any] | None = None,
    built: Built | None = None,
) -> Bundle:
    """A trained system from rows whose label windows close by ``test``. curve: also its other horizons. tuned: settings
    of the churn model, other than the study's. built: see ``spine.rows``.

    Tiers are cut for the users eligible at ``test``, of whom nothing but their features is known: among those of the
    last training cutoff, a horizon earlier, other shares may have spent nothing.

    Raises GateFailed where fewer than 100 rows churned or fewer than 100 stayed, ValueError where a label window
    reaches past ``test``.
    """
    _enough(config, learn)
    closed(config, learn.cutoffs, test)
    everything = list(learn.features)
    encodings = text_codes.fit(learn.features)
    names = boost.varying(everything, learn.matrix(everything, encodings))
    encodings = {name: texts for name, texts in encodings.items() if name in names}
    matrix, cores, seed = learn.matrix(names, encodings), threads(config), config.train.seed
    data, weight = boost.dataset(matrix, names), churn.season_weight(learn, test)
    progress("training", 0, 2)
    held = monotone.settings(config, names, encodings)
    learned = {"seed": seed, "threads": cores}
    more = boosting_rounds.settings(learn, data, matrix, window(config), **learned, **held) if not tuned else {}
    settings = held | dict(more) | dict(tuned or {})
    boosters = {"churn": churn.train(data, learn, seed=seed, threads=cores, weight=weight, **settings)}
    progress("training", 1, 2)
    others, bounds = value.train(config, data, learn, matrix, threads=cores, weight=weight)
    further, left_out = (
        churn_curve.train(config, data, learn, threads=cores, weight=weight, **held) if curve else ({}, {})
    )
    progress("training", 2, 2)
    found = calibration.measure(learn, data, matrix, window(config), seed=seed, threads=cores, **settings)
    last = learn.cutoff == learn.cutoff.max()
    risk = boost.predict(boosters["churn"], matrix[last], cores)
    risk = found.chosen(risk) if found.chosen else risk
    bundle = Bundle(
        boosters=boosters | others | further,
        features=tuple(names),
        encodings=encodings,
        bounds=bounds,
        risk_quantiles=quantiles(risk),
        population=measure(con, config, tables.tables, learn.cutoffs[-1]),
        config=config.model_dump(mode="json"),
        config_hash=config.model_hash(),
        trained_on={
            "cutoffs": [f"{at:%Y-%m-%dT%H:%M}" for at in learn.cutoffs],
            "labels_close": (learn.cutoffs[-1] + window(config)).isoformat(),
            "rows": len(learn),
            **more,
            "churn_rate": round(float(np.mean(learn.churned)), 6),
            "protocol": protocol.of(config, tables, learn, test).params(),
            **({"tuned": dict(tuned or {})} if config.train.tune_minutes else {}),
            **({"curve": churn_curve.told(config.horizon, further, left_out)} if curve else {}),
        },
        metrics={"calibration": found.plain()},
        correction=found.chosen,
    )
    now = present(config, con, tables, test, config.train.rows, built) if "tier" in others else ()
    if not len(now):
        return bundle
    tier = boost.predict(others["tier"], bundle.matrix(now), cores)
    return replace(bundle, bounds=replace(bounds, tier_cuts=value.share_cuts(tier)))


def _enough(config: Config, learn: Rows) -> None:
    churned = int(learn.churned.sum())
    stayed = len(learn) - churned
    cure = f"{'raise' if churned > stayed else 'lower'} churn.horizon_days (now {config.horizon:g})"
    if len(learn) and not (churned and stayed):
        raise GateFailed(
            f"all {len(learn):,} users at {len(learn.cutoffs)} cutoffs {'churned' if churned else 'stayed'}: "
            f"nothing to learn; {cure}"
        )
    if min(churned, stayed) < FEWEST:
        raise GateFailed(
            f"{churned:,} rows churned and {stayed:,} stayed at {len(learn.cutoffs)} cutoffs: too few to learn from, "
            f"at least {FEWEST} of each are needed; give longer logs, or {cure}"
        )
