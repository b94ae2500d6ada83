"""Trains a whole system from clean tables: spine, features, labels, churn and value models, frozen bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from features.build.population import measure
from features.config import Config
from features.engine.duckdb_session import threads
from features.errors import GateFailed
from features.progress import Progress, silent
from features.user_base import UserBase
from training.fit import history, level, protocol, season
from training.fit.lifetime_windows import measure_lifetime
from training.models import boost, boosting_rounds, calibration, churn, churn_curve, value
from training.models.without_feature import without
from training.rows import text_codes, treated
from training.rows.labels import DAY, ahead, window
from training.rows.spine import Rows, by_calendar, closed, fewer, floats, present, rows, training_cutoffs
from training.rows.text_codes import Encodings
from training.trained_model import Bundle, quantiles

OTHERS = 100_000  # rows at most for all but the churn booster: what more bring is churn's (benchmarks/bench_rows.py)


def training_rows(base: UserBase, test: datetime, progress: Progress = silent) -> Rows:
    """The rows to learn from for predictions at ``test``, those of treated users as ``train.treated`` wants them.

    Raises BadInput where no label window has closed by then.
    """
    cutoffs = training_cutoffs(base.config, base.tables.observed_from, test)
    return treated.apart(base, rows(base, cutoffs, base.config.train.rows, progress, test))


def complete(
    base: UserBase,
    learn: Rows,
    test: datetime,
    progress: Progress = silent,
    tuned: Mapping[str, Any] | None = None,
) -> Bundle:
    """The system that ``fit`` makes, plus the churn curve's other horizons and lifetimes: both are needed to score
    users, but not to evaluate risk and value. ``trained_on`` says what they cover, under curve and lifetime."""
    bundle = fit(base, learn, test, progress, curve=True, tuned=tuned)
    found, what = measure_lifetime(base, bundle, test, progress)
    return replace(bundle, lifetime=found, trained_on={**bundle.trained_on, "lifetime": what})


def fit(
    base: UserBase,
    learn: Rows,
    test: datetime,
    progress: Progress = silent,
    curve: bool = False,
    tuned: Mapping[str, Any] | None = None,
) -> Bundle:
    """Train a system on rows whose label windows close by ``test``. curve: train the churn curve's other horizons too.
    tuned: settings of the churn model that replace the defaults, see ``tune.tuned``.

    Tiers and stay tiers are cut for the users eligible at ``test``, using only their features: a horizon earlier, at
    the last training cutoff, the share of users who spend nothing may be different.

    Raises GateFailed where fewer than 100 rows churned or fewer than 100 stayed, ValueError where a label window
    reaches past ``test``.
    """
    _enough(base.config, learn)
    everybody, learn = learn, fewer(learn, OTHERS)
    closed(base.config, learn.cutoffs, test)
    cores, seed, closing = threads(base.config), base.config.train.seed, window(base.config)
    progress("training", 0, 2)
    chosen = level.ground(base.config, learn)
    every, held, encodings = chosen.every, chosen.held, chosen.encodings
    learn, names, matrix, data = chosen.kept.rows, chosen.kept.names, chosen.kept.matrix, chosen.kept.data
    weight, learned = churn.season_weight(learn, test), {"seed": seed, "threads": cores}
    shown = by_calendar(base.config, learn)
    more = boosting_rounds.settings(shown, data, matrix, closing, **learned, **held) if not tuned else {}
    settings = held | dict(more) | dict(tuned or {})
    most = history.newest(everybody, chosen.history.cutoffs) if len(everybody) > len(every.rows) else learn
    boosters = {"churn": _churn(chosen, most, test, **learned, **settings)}
    progress("training", 1, 2)
    others, bounds = value.train(base.config, data, learn, matrix, threads=cores, weight=weight)
    further, left_out = (
        churn_curve.train(base.config, data, learn, threads=cores, weight=weight, **held) if curve else ({}, {})
    )
    boosters, others, further = map(_of_untreated, (boosters, others, further))
    names = treated.scored(names)
    matrix = matrix[:, : len(names)]
    progress("training", 2, 2)
    everyone = by_calendar(base.config, every.rows)
    trials = calibration.trial_cutoffs(everyone, closing)
    year = season.measure(base, {k: every.rows.cutoffs[k] for k in trials}, test) if trials else season.Season()
    now = present(base, test, base.config.train.rows) if "tier" in others or year.now else ()
    found = calibration.measure(
        everyone,
        every.data,
        every.matrix,
        closing,
        newest=chosen.history.cutoffs,
        season=year.at,
        now=year.now.said(*_risk_and_silence(now, boosters, names, encodings, cores)) if year.now else None,
        **learned,
        **settings,
    )
    last = learn.cutoff == learn.cutoff.max()
    risk = boost.predict(boosters["churn"], matrix[last], cores)
    risk = found.chosen(risk) if found.chosen else risk
    bundle = Bundle(
        boosters=boosters | others | further,
        features=names,
        encodings=encodings,
        bounds=bounds,
        risk_quantiles=quantiles(risk),
        population=measure(base, learn.cutoffs[-1]),
        config=base.config.model_dump(mode="json"),
        config_hash=base.config.model_hash(),
        trained_on={
            "cutoffs": [f"{at:%Y-%m-%dT%H:%M}" for at in learn.cutoffs],
            "labels_close": ahead(base.config, learn.cutoffs[-1], window(base.config) / DAY).isoformat(),
            "rows": len(most),
            **more,
            "churn_rate": round(float(np.mean(most.churned)), 6),
            **({"treated": round(most.treated, 6)} if most.treated else {}),
            "protocol": protocol.of(base, most, test).params(),
            **({"tuned": dict(tuned or {})} if base.config.train.tune_minutes else {}),
        },
        metrics={"calibration": found.plain(), **chosen.plain(), "season": year.plain()},
        correction=found.chosen,
    )
    if curve:
        risks = bundle.curve_risks(bundle.answers(matrix[last], cores))
        said = churn_curve.describe(base.config.horizon, further, left_out, risks)
        bundle = replace(bundle, trained_on={**bundle.trained_on, "curve": said})
    if "tier" not in others:
        return bundle
    eligible = bundle.matrix(now) if len(now) else matrix[last]
    tiers = boost.predict(others["tier"], eligible, cores)
    if found.chosen:
        before = boost.predict(boosters["churn"], eligible, cores)
        tiers = value.corrected(tiers, before, found.chosen(before))
    bounds = replace(bounds, tier_cuts=value.share_cuts(tiers))
    worth = bundle.answers(eligible, cores)["value_if_stays"]
    return replace(bundle, bounds=replace(bounds, stay_bounds=value.stay_bounds(worth, base.config.value.cuts)))


def _churn(chosen: level.Ground, most: Rows, test: datetime, **settings: Any) -> str:
    """The churn booster: it alone learns from all rows, of the columns that were chosen on a sample of them."""
    kept = chosen.kept
    data = kept.data if most is kept.rows else boost.dataset(most.matrix(kept.names, chosen.encodings), kept.names)
    return churn.train(data, most, weight=churn.season_weight(most, test), **settings)


def _of_untreated(boosters: Mapping[str, str]) -> dict[str, str]:
    return {name: without(text, treated.TREATED) for name, text in boosters.items()}


def _risk_and_silence(
    now: pa.Table, boosters: Mapping[str, str], names: Sequence[str], encodings: Encodings, cores: int
) -> tuple[np.ndarray, np.ndarray]:
    """The uncorrected risk of the users to be scored, and the days since each was last active."""
    columns = [
        text_codes.apply(now[name], encodings[name])[0] if name in encodings else floats(now[name]) for name in names
    ]
    if not now.num_rows:
        return np.empty(0), np.empty(0)
    return boost.predict(boosters["churn"], np.column_stack(columns), cores), floats(now["days_since_active"])


def _enough(config: Config, learn: Rows) -> None:
    churned = int(learn.churned.sum())
    stayed = len(learn) - churned
    cure = f"{'raise' if churned > stayed else 'lower'} churn.horizon_days (now {config.horizon:g})"
    if len(learn) and not (churned and stayed):
        raise GateFailed(
            f"all {len(learn):,} users at {len(learn.cutoffs)} cutoffs {'churned' if churned else 'stayed'}: "
            f"nothing to learn; {cure}"
        )
    if min(churned, stayed) < churn.FEWEST_OF_EITHER:
        raise GateFailed(
            f"{churned:,} rows churned and {stayed:,} stayed at {len(learn.cutoffs)} cutoffs: too few to learn from, "
            f"at least {churn.FEWEST_OF_EITHER} of each are needed; give longer logs, or {cure}"
        )
