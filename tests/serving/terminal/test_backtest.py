"""A backtest in the terminal: every figure with its interval, the verdict in words, and where the model is weak."""

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from features.config import load
from serving.terminal import backtest
from training.evaluation.slices import Slice
from training.evaluation.user_bootstrap import Difference, MetricComparison
from training.job import Outcome

NAN = float("nan")


def comparison(**differences):
    """Of holdfast with recency; the AUC of recency could not be measured."""
    same = Difference(0.001, -0.002, 0.003, "no different")
    given = {name: differences.get(name, same) for name in ("auc", "average_precision", "log_loss", "brier", "ece")}
    intervals = {"holdfast": {"auc": (0.7, 0.8)}, "recency": {"auc": (NAN, NAN)}}
    return MetricComparison(
        "holdfast", {"holdfast": {"auc": 0.75}, "recency": {"auc": NAN}}, intervals, {"recency": given}
    )


SLICES = (
    Slice("all", "everybody", 900, 0.5, 0.5, 0.75, 0.5, 20_000.0, 21_000.0),
    Slice("stage", "lapsed_1", 400, 0.6, 0.45, 0.61, 0.66, 5_000.0, 6_000.0),
    Slice("stage", "[b]", 30),
)


OF_VALUE = MetricComparison(
    "holdfast",
    {"holdfast": {"sum_ratio": 1.09}},
    {"holdfast": {"gini": (0.45, 0.55), "sum_ratio": (1.03, 1.15)}},
    {"past_spend": dict.fromkeys(("spearman", "gini", "tier_kappa"), Difference(0.1, 0.05, 0.15, "better"))},
)


@pytest.fixture
def result():
    class Rows:
        churned = np.array([0, 1])
        share = 1.0

        def __len__(self):
            return 2

    churn = {"holdfast": {"auc": 0.75, "average_precision": 0.5}, "recency": {"auc": None, "average_precision": 0.6}}
    value = {"holdfast": {"gini": 0.5, "actual_sum": 12345.6}}
    found = comparison(
        log_loss=Difference(-0.02, -0.03, -0.01, "better"), auc=Difference(NAN, NAN, NAN, "not measured")
    )
    return SimpleNamespace(
        as_of=datetime(2026, 1, 1),
        test=Rows(),
        risk={},
        churn=churn,
        value=value,
        value_comparison=OF_VALUE,
        comparison=found,
        slices=SLICES,
        bundle=SimpleNamespace(trained_on={}),
    )


@pytest.fixture
def config(tmp_path):
    (tmp_path / "holdfast.toml").write_text('[tables.orders]\npath = "orders.csv"\n[churn]\nhorizon_days = 30\n')
    return load(tmp_path / "holdfast.toml")


def shown(capsys):
    """What was printed, and the cells of its tables' rows by their first cell."""
    text = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "│" in line]
    return " ".join(text.split()), rows


def test_a_figure_has_its_interval_and_one_that_there_is_not_is_a_dash(result, config, capsys):
    backtest.show_backtest(config, [result])
    text, rows = shown(capsys)
    assert "Churn as of 2026-01-01 00:00: 2 users, 50.0% churned" in text
    assert rows[0] == ["holdfast", "0.7500 .700–.800", "0.5000"]
    assert rows[1] == ["recency", "–", "0.6000"]
    assert (
        ["holdfast", "0.5000 .450–.550", "12,346", "1.0900 1.030–1.150"] in rows
        and "AUC" in text
        and "actual sum" in text
    )


def test_the_verdict_is_in_words_with_the_difference_and_its_interval(result, config, capsys):
    backtest.show_backtest(config, [result])
    _, rows = shown(capsys)
    cells = next(row for row in rows if row[0] == "recency" and len(row) == 4)
    assert cells[1:3] == ["not measured", "better -0.0200 (-0.0300…-0.0100)"]
    assert ["past_spend", *["better +0.1000 (+0.0500…+0.1500)"] * 3] in rows
    assert cells[3] == "no different +0.0010 (-0.0020…+0.0030)"


def test_the_weakest_groups_are_named_stages_by_their_names_and_small_ones_are_only_counted(result, config, capsys):
    backtest.show_backtest(config, [result])
    text, rows = shown(capsys)
    assert ["all", "everybody", "900", "50.0%", "50.0%", "0.7500", "0.5000", "20,000", "21,000"] in rows
    assert ["stage", "lapsed 30 d", "400", "60.0%", "45.0%*", "0.6100", "0.6600", "5,000", "6,000"] in rows
    assert ["", "[b]", "30", "too few", "", "", "", "", ""] in rows
    assert "told apart worst: stage lapsed 30 d (AUC 0.610, 400 users)" in text
    assert "beyond 3 standard errors: stage lapsed 30 d (45.0% predicted, 60.0% came)" in text


def test_several_cutoffs_are_shown_as_one_too(result, config, capsys, monkeypatch):
    monkeypatch.setattr(backtest, "pool", lambda _: SimpleNamespace(comparison=comparison(), slices=SLICES))
    backtest.show_backtest(config, [result, result])
    text, _ = shown(capsys)
    assert text.count("Churn as of") == 2 and text.count("Churn over all 2 cutoffs") == 1
    assert text.count("By group of users") == 1


def test_the_settings_that_were_searched_for_are_told(capsys, result, config):
    result.bundle.trained_on["tuned"] = {"rounds": 90}
    backtest.show_backtest(config, [result])
    assert shown(capsys)[0].endswith("tuned: rounds 90")


def test_two_baselines_that_are_one_model_are_said_to_be(result, config, capsys):
    result.risk |= {"bgnbd": np.array([0.25, 0.5]), "mbgnbd": np.array([0.25, 0.5])}
    backtest.show_backtest(config, [result])
    assert "bgnbd and mbgnbd give the same to all digits: they found no dropout" in shown(capsys)[0]


@pytest.mark.parametrize("promoted, verdict", [(True, "is now champion"), (False, "was not promoted")])
def test_training_says_whether_the_model_was_promoted_and_why(capsys, monkeypatch, config, promoted, verdict):
    monkeypatch.setattr(backtest, "show_backtest", lambda *_: None)
    trained_on = {"curve": "7 days", "lifetime": "8 horizons"}
    version = SimpleNamespace(name="v3-abc", bundle=SimpleNamespace(trained_on=trained_on, warnings=("off",)))
    outcome = Outcome(
        results=[],
        version=version,
        promoted=promoted,
        same=False,
        reason="because",
        pictures=["a.png"],
        cards=["c.md", "c.html"],
    )
    backtest.show_training(config, outcome)
    said = [
        f"model v3-abc {verdict}: because",
        "7 days",
        "8 horizons",
        "model card: c.html",
        "picture: a.png",
        "warning: off",
    ]
    assert capsys.readouterr().out.splitlines() == said
