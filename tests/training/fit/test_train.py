"""A whole system is the same bytes whatever the machine, and is not trained where there is nothing to learn."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from features.build.population import measure
from features.engine.duckdb_session import connect
from features.errors import BadInput, GateFailed
from features.user_base import UserBase
from training.evaluation.backtest import evaluate
from training.fit import train
from training.fit.train import complete, fit, training_rows
from training.models import boost, calibration, model_text_check
from training.models.calibration import Calibration, Correction
from training.models.value import corrected, share_cuts
from training.rows.spine import fewer
from training.rows.treated import TREATED


@pytest.fixture(scope="module")
def learn(system):
    """The rows that the trained system learned from."""
    return training_rows(system, system.result.as_of)


def test_two_runs_are_the_same_bytes_on_one_thread_and_on_two(system, elsewhere, tmp_path):
    # Features, boosters and metrics; DuckDB runs on so many threads, too.
    config = elsewhere(system.config, tmp_path, threads=2)
    with connect(config) as con:
        tables = {name: con.create_table(name, system.con.to_pyarrow(t)) for name, t in system.tables.items()}
        again = evaluate(UserBase(config, con, replace(system.tables, tables=tables)), system.result.as_of)
    first = system.result
    assert replace(again.bundle, config=first.bundle.config) == first.bundle
    assert again.bundle.version == first.bundle.version
    assert (again.churn, again.value) == (first.churn, first.value)
    assert again.score.equals(first.score)


def test_another_seed_is_another_system(system, learn):
    config = system.config.model_copy(update={"train": system.config.train.model_copy(update={"seed": 8})})
    other = fit(UserBase(config, system.con, system.tables), learn, system.result.as_of)
    assert other.boosters["churn"] != system.bundle.boosters["churn"] and other.features == system.bundle.features


def test_treated_users_are_told_apart_in_training_and_not_asked_for_when_scoring(system, learn, elsewhere, tmp_path):
    train = system.config.train.model_copy(update={"treated": "feature"})
    config = elsewhere(system.config, tmp_path).model_copy(update={"train": train})
    base = UserBase(config, system.con, system.tables, system.built)
    flags = np.random.default_rng(1).random(len(learn)) < 0.3
    kept = flags & (learn.churned == 1)  # treated users churned less
    given = replace(learn, churned=np.where(kept, 0.0, learn.churned), treated=float(flags.mean()))
    asked = replace(given, features={**learn.features, TREATED: flags.astype(float)})
    blind, apart = fit(base, given, system.result.as_of), fit(base, asked, system.result.as_of)
    assert apart.features == blind.features == system.bundle.features
    assert apart.trained_on["treated"] == round(float(flags.mean()), 6)
    model_text_check.check(apart.boosters, apart.features)
    test = system.result.test
    risks = [one.risk(test.matrix(one.features, one.encodings)).mean() for one in (system.bundle, blind, apart)]
    assert risks[1] < risks[0] - 0.1  # what was learned of the treated is told of everybody
    assert abs(risks[2] - risks[0]) < abs(risks[1] - risks[0]) / 2


def test_tiers_are_cut_among_those_to_be_scored(system):
    bundle, test = system.result.bundle, system.result.test  # the users eligible at the test cutoff
    tier = boost.predict(bundle.boosters["tier"], test.matrix(bundle.features, bundle.encodings), 1)
    assert bundle.bounds.tier_cuts == pytest.approx(share_cuts(tier))


def test_where_the_risk_is_corrected_tiers_bands_curve_and_lifetime_follow_it(system, learn, monkeypatch):
    test, correction = system.result.test, Correction("shift", 1.0, 1.0)
    plain = complete(system, learn, system.result.as_of)
    monkeypatch.setattr(calibration, "measure", lambda *args, **given: Calibration((), {}, correction))
    moved = complete(system, learn, system.result.as_of)
    was, now = (one.score(pa.table({name: test.features[name] for name in one.features})) for one in (plain, moved))
    assert moved.risk_quantiles[500] > plain.risk_quantiles[500]
    # as many are on the lowest tier as are now told to spend nothing, and these are more
    tiers = corrected(
        boost.predict(moved.boosters["tier"], test.matrix(moved.features, moved.encodings), 1),
        was["churn_risk"].to_numpy(),
        now["churn_risk"].to_numpy(),
    )
    assert (now["tier"] == 0).mean() == pytest.approx(tiers[:, 0].mean(), abs=0.01)
    assert (now["tier"] == 0).mean() > (was["tier"] == 0).mean() + 0.05
    assert [name for name in now if name.startswith("churn_") and not (now[name] > was[name]).all()] == []
    assert (now["lifetime_days"] < was["lifetime_days"]).all()
    assert now["value_if_stays"].equals(was["value_if_stays"]) and now["stay_tier"].equals(was["stay_tier"])


def test_it_says_what_it_was_trained_on(system, learn):
    about, last = system.bundle.trained_on, learn.cutoffs[-1]
    assert about["labels_close"] == system.result.as_of.isoformat()
    assert about["rows"] == len(learn) and len(about["cutoffs"]) == 4
    assert about["churn_rate"] == pytest.approx(learn.churned.mean(), abs=1e-6)
    assert system.bundle.population == measure(system, last)
    assert system.bundle.config_hash == system.config.model_hash()


def test_only_the_churn_booster_learns_from_more_rows_than_the_others(system, learn, monkeypatch):
    limit = len(learn) // 2
    few = fit(system, fewer(learn, limit), system.result.as_of)
    monkeypatch.setattr(train, "OTHERS", limit)
    found = fit(system, learn, system.result.as_of)
    assert found.trained_on["rows"] == len(learn) > few.trained_on["rows"]
    assert found.trained_on["churn_rate"] == pytest.approx(learn.churned.mean(), abs=1e-6)
    same = {name for name, text in found.boosters.items() if text == few.boosters[name]}
    assert same == {*few.boosters} - {"churn"} and found.features == few.features


def test_its_columns_tell_users_apart(system, learn):
    assert set(system.bundle.features) < set(learn.features)
    assert len({column.tobytes() for column in learn.matrix(system.bundle.features).T}) == len(system.bundle.features)


def test_bands_are_read_off_the_risk_at_the_last_training_cutoff(system, learn):
    last = learn.cutoff == 3
    table = pa.table({name: learn.features[name][last] for name in system.bundle.features})
    risk = system.bundle.score(table)["churn_risk"]
    assert system.bundle.risk_quantiles == pytest.approx(np.quantile(risk, np.arange(1001) / 1000))


# Gates


@pytest.fixture
def refused(config_of, rows_of):
    """refused(churned, stayed): what fit says to so many rows, in one line."""

    def make(churned, stayed):
        rows = rows_of(churned=[1] * churned + [0] * stayed, x=range(churned + stayed))
        with pytest.raises(GateFailed) as error:
            fit(UserBase(config_of(), None, None), rows, rows.cutoffs[0])
        assert "\n" not in str(error.value)
        return str(error.value)

    return make


def test_all_churned_is_nothing_to_learn_from(refused):
    assert refused(5000, 0) == (
        "all 5,000 users at 1 cutoffs churned: nothing to learn; raise churn.horizon_days (now 30)"
    )


def test_all_stayed_is_nothing_to_learn_from(refused):
    assert refused(0, 5000) == (
        "all 5,000 users at 1 cutoffs stayed: nothing to learn; lower churn.horizon_days (now 30)"
    )


@pytest.mark.parametrize("churned, stayed, cure", [(99, 5000, "lower"), (5000, 99, "raise"), (12, 12, "lower")])
def test_too_few_of_either_outcome_is_told_with_the_counts_and_a_cure(refused, churned, stayed, cure):
    said = refused(churned, stayed)
    assert said.startswith(f"{churned:,} rows churned and {stayed:,} stayed at 1 cutoffs: too few to learn from")
    assert said.endswith(f"at least 100 of each are needed; give longer logs, or {cure} churn.horizon_days (now 30)")


def test_nobody_at_all_is_told_too(refused):
    assert refused(0, 0).startswith("0 rows churned and 0 stayed")


def test_a_hundred_of_each_outcome_are_enough(con, config_of, tables_of, rows_of, cutoff):
    churned, later = np.arange(200) % 2, cutoff + timedelta(days=30)
    tables = tables_of(orders=["user_id ago amount", ("a", 5, 1)])
    bundle = fit(
        UserBase(config_of(), con, tables), rows_of(churned=churned, days=churned + np.arange(200) / 100), later
    )
    assert bundle.boosters.keys() == {"churn"}  # and nobody spent


def test_a_last_cutoff_without_users_is_no_error(con, config_of, tables_of, rows_of, cutoff):
    rows = rows_of(
        churned=np.arange(400) % 2, value=np.arange(400), tenure_days=np.arange(400) % 7, cutoffs=(cutoff, cutoff)
    )
    bundle = fit(
        UserBase(config_of(), con, tables_of(orders=["user_id ago amount", ("a", 5, 1)])),
        rows,
        cutoff + timedelta(days=30),
    )
    assert len(bundle.risk_quantiles) == 1001 and bundle.bounds.tier_bounds == pytest.approx((200, 320), abs=1)


def test_logs_too_short_to_learn_from_are_told(con, config_of, tables_of, cutoff):
    tables = tables_of(orders=["user_id ago amount", ("a", 40, 1)])
    with pytest.raises(BadInput, match="no cutoff to learn from: the logs are shorter than 1.5 horizons"):
        training_rows(UserBase(config_of(), con, tables), cutoff)
