"""Backtests: trained before, measured after; and on real logs as good as they have been."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput, GateFailed
from features.tables.clean import clean
from features.user_base import UserBase
from serving.terminal.backtest import show_backtest
from training.evaluation import backtest
from training.promotion import gate
from training.rows.labels import window
from training.rows.spine import training_cutoffs


def test_the_last_cutoff_is_the_latest_whose_window_has_closed(config_of, tables_of, cutoff):
    tables = tables_of(60, orders=["user_id ago amount", ("a", 5, 1)])
    assert backtest.test_cutoffs(UserBase(config_of(), None, tables)) == [cutoff + timedelta(days=30)]
    config = config_of(value={"horizon_days": 45})
    assert backtest.test_cutoffs(UserBase(config, None, tables), 2) == [
        cutoff - timedelta(days=15),
        cutoff + timedelta(days=15),
    ]
    assert backtest.test_cutoffs(UserBase(config, None, tables), 2, cutoff) == [cutoff - timedelta(days=30), cutoff]


def test_models_learn_from_windows_that_had_closed(system):
    for result in system.results:
        assert result.bundle.trained_on["labels_close"] <= result.as_of.isoformat()
        assert result.as_of + window(system.config) <= system.tables.observed_until
    early, late = (set(result.bundle.trained_on["cutoffs"]) for result in system.results)
    assert len(early) == len(late) == 4 and not early & late


def test_the_model_beats_the_baselines_where_there_is_much_to_learn(system):
    for result in system.results:
        ours = result.churn["holdfast"]
        # With 1,500 users BG/NBD and MBG/NBD, of four parameters each, are ahead of it; on real logs they are not.
        others = [result.churn[name] for name in ("recency", "logistic", "histgb")]
        assert all(ours["auc"] >= one["auc"] and ours["log_loss"] <= one["log_loss"] for one in others)
        assert result.value["holdfast"]["spearman"] > result.value["past_spend"]["spearman"]


def test_many_cutoffs_share_what_was_built(system, monkeypatch):
    asked = []
    monkeypatch.setattr(backtest, "evaluate", lambda *given: asked.append(given) or given[1])
    tests = [result.as_of for result in system.results]
    assert backtest.backtest(system, tests) == tests
    assert all(given[0].built is system.built for given in asked)


def test_what_was_built_for_one_cutoff_serves_the_next(system):
    # 4 cutoffs to learn from for each of two tests, the tests themselves; the later one learns from the earlier's.
    assert len(system.built) == 4 + 1 + 4 + 1 - 1


def test_of_too_many_users_a_sample_is_measured_and_told(system, monkeypatch, capsys):
    result = system.results[-1]
    monkeypatch.setattr(backtest, "fit", lambda *given, **more: result.bundle)
    train = system.config.train.model_copy(update={"test_rows": len(result.test) // 2})
    config = system.config.model_copy(update={"train": train})
    found = backtest.evaluate(replace(system, config=config, built=dict(system.built)), result.as_of)
    assert 0.4 < found.test.share < 0.6 and abs(len(found.test) / len(result.test) - found.test.share) < 0.06
    mine = np.isin(result.test.user_id.to_numpy(), found.test.user_id.to_numpy())
    assert mine.sum() == len(found.test)
    assert np.array_equal(result.risk["holdfast"][mine], found.risk["holdfast"])  # a user's own figures stay
    show_backtest(config, [found])
    assert f"measured on {len(found.test):,} users, a sample of {found.test.share:.1%}" in capsys.readouterr().out
    assert backtest.sampled(result.test) == ""


def test_shuffled_labels_cannot_be_predicted(system):
    # Whatever could be learned here would have come from the labels themselves.
    random, shuffled = np.random.default_rng(0), {}
    for key, part in system.built.items():
        order = pa.array(random.permutation(part.num_rows))
        columns = {name: part[name].take(order) for name in ("churned", "value")}
        kept = part.drop_columns(["churned", "value"])
        shuffled[key] = kept.append_column("churned", columns["churned"]).append_column("value", columns["value"])
    result = backtest.evaluate(UserBase(system.config, system.con, system.tables, shuffled), system.result.as_of)
    # One standard deviation of an AUC over these 650 users is .024.
    assert result.churn["holdfast"]["auc"] == pytest.approx(0.5, abs=0.07)
    assert abs(result.value["holdfast"]["spearman"]) < 0.12
    assert result.churn["holdfast"]["log_loss"] > 0.62
    assert not gate(system.config, result, result.bundle, None)[0]  # nor would it be promoted


def test_what_comes_after_the_cutoff_changes_the_figures_and_nothing_else(system):
    # Everything from the test cutoff on happens to somebody else: features, model and scores stay the same to the bit.
    as_of, random = system.result.as_of, np.random.default_rng(0)

    def mixed(name, table):
        rows = table.to_pyarrow()
        later = pc.greater_equal(rows["time"], pa.scalar(as_of, rows["time"].type)).to_numpy(zero_copy_only=False)
        users = rows["user_id"].to_numpy(zero_copy_only=False).copy()
        users[later] = random.choice(np.unique(users), later.sum())
        rows = rows.set_column(rows.column_names.index("user_id"), "user_id", pa.array(users, rows["user_id"].type))
        return system.con.create_table(f"mixed_{name}", rows, temp=True, overwrite=True)

    tables = {name: mixed(name, t) if "time" in t.columns else t for name, t in system.tables.items()}
    found = backtest.evaluate(system.over(tables), as_of)
    assert (found.test.churned != system.result.test.churned).any()
    assert found.test.user_id == system.result.test.user_id
    for name, column in system.result.test.features.items():
        np.testing.assert_array_equal(found.test.features[name], column)
    assert found.bundle.version == system.bundle.version
    assert found.score.equals(system.result.score)
    assert found.churn != system.result.churn


def test_a_window_that_has_not_closed_is_refused(system):
    late = system.result.as_of + timedelta(seconds=1)
    with pytest.raises(BadInput, match="its label window closes .* take an as-of at or before"):
        backtest.evaluate(system, late)


def test_nobody_eligible_is_told(system):
    with pytest.raises(BadInput, match="as-of 2020-01-01: no user is eligible then; take a later as-of or raise"):
        backtest.evaluate(system, datetime(2020, 1, 1))


def test_logs_with_too_little_to_learn_from_are_told(con, config_of, tables_of, cutoff):
    tables = tables_of(30, orders=["user_id ago amount", *((n, ago, 1) for n in range(9) for ago in range(-29, 99, 9))])
    with pytest.raises(GateFailed, match="rows churned and .* too few|nothing to learn"):
        backtest.evaluate(UserBase(config_of(), con, tables), cutoff)


# Several cutoffs as one


def test_cutoffs_are_pooled_by_user(system):
    pooled = backtest.pool(system.results)
    rows = [len(result.test) for result in system.results]
    ours = [result.churn["holdfast"]["log_loss"] for result in system.results]
    assert pooled.comparison.figures["holdfast"]["log_loss"] == pytest.approx(np.average(ours, weights=rows))
    assert pooled.slices[0].users == sum(rows)
    by_cutoff = [one for one in pooled.slices if one.by == "cutoff"]
    assert [(one.group, one.users) for one in by_cutoff] == [
        (f"{result.as_of:%Y-%m-%d}", len(result.test)) for result in system.results
    ]
    # Twice the rows, but in part of the same users: narrower, by less than if all were others.
    found = (system.result.comparison, pooled.comparison)
    widths = [high - low for low, high in (one.intervals["holdfast"]["log_loss"] for one in found)]
    assert widths[0] / 2 < widths[1] < widths[0]


# Real logs

REAL = {
    "cdnow": (datetime(1998, 4, 2), 9499, 0.7012, 0.735, 0.531),
    "essec": (datetime(2015, 1, 1), 7240, 0.5333, 0.800, 0.545),
}


@pytest.mark.parametrize("name", REAL)
def test_real_logs_are_predicted_as_well_as_ever(name, real_data, elsewhere, tmp_path, monkeypatch, request):
    as_of, users, rate, auc, log_loss = REAL[name]
    monkeypatch.setenv("HOLDFAST_DATA", str(real_data))
    config = elsewhere(load(request.config.rootpath / "benchmarks" / f"{name}.toml"), tmp_path)
    # A fifth of the rows, so that it takes a fifth of the time: more are better still.
    config = config.model_copy(update={"train": config.train.model_copy(update={"rows": 20_000})})
    with connect(config) as con:
        tables = clean(con, config)
        found = backtest.evaluate(UserBase(config, con, tables), as_of)
    assert len(found.test) == users and found.test.churned.mean() == pytest.approx(rate, abs=5e-5)
    assert found.churn["holdfast"]["auc"] >= auc and found.churn["holdfast"]["log_loss"] <= log_loss
    others = [found.churn[name] for name in ("recency", "logistic", "histgb", "bgnbd", "mbgnbd")]
    assert {one["auc"].verdict for one in found.comparison.differences.values()} <= {"better", "no different"}
    assert all(one["log_loss"] > found.churn["holdfast"]["log_loss"] for one in others)
    assert found.value["holdfast"]["spearman"] > found.value["gamma_gamma"]["spearman"] > 0.35
    assert max(found.bundle.trained_on["cutoffs"]) <= f"{as_of - window(config):%Y-%m-%dT%H:%M}"
    assert len(found.bundle.trained_on["cutoffs"]) == len(training_cutoffs(config, tables.observed_from, as_of))


def test_an_input_that_was_changed_since_it_was_read_gives_no_figures(system, monkeypatch):
    monkeypatch.setattr(backtest, "evaluate", lambda *_: None)
    gone = replace(system.tables, stamps={("orders", "gone.parquet"): (1, 1)})
    with pytest.raises(BadInput, match="tables.orders: gone.parquet is gone since it was read"):
        backtest.backtest(UserBase(system.config, system.con, gone), [result.as_of for result in system.results])
