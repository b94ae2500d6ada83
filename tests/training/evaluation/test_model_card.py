"""The model card says what was measured, of whom, and how to do it again; what was not measured is left out."""

from dataclasses import replace

import pytest

from features.groups.lifecycle import names
from training.evaluation import plots
from training.evaluation.document import Table, html, markdown
from training.evaluation.model_card import card


@pytest.fixture(scope="module")
def made(system, tmp_path_factory):
    pictures = plots.draw(system.result, tmp_path_factory.mktemp("pictures"))
    return card(system, system.results, system.bundle, "v3-abc", "promoted: because", pictures)


def section(document, title):
    return next(one for one in document.sections if one.title.startswith(title))


def rows(document, title, which=0):
    tables = [block for block in section(document, title).blocks if isinstance(block, Table)]
    return {row[0]: row[1:] for row in tables[which].rows}


def test_it_tells_the_models_figures_beside_the_baselines(made, system):
    figures = rows(made, "How good")
    ours = system.result.churn["holdfast"]
    low, high = system.result.comparison.intervals["holdfast"]["auc"]
    assert figures["holdfast"][0] == f"{ours['auc']:.4f} ({low:.3f}–{high:.3f})"
    assert set(figures) == set(system.result.churn) and set(rows(made, "How good", 2)) == set(system.result.value)
    assert set(rows(made, "How good", 1)) == set(system.result.churn) - {"holdfast"}


def test_it_tells_the_bias_of_every_closed_window(made, system):
    found = rows(made, "Bias")
    assert len(found) == 2
    for one in system.results:
        users, risk, churned, *_, ratio = found[f"{one.as_of:%Y-%m-%d %H:%M}"]
        assert (users, churned) == (f"{len(one.test):,}", f"{one.test.churned.mean():.1%}")
        assert risk == f"{one.risk['holdfast'].mean():.1%}"
        assert ratio == f"{one.score['expected_value'].sum() / one.test.value.sum() - 1:+.1%}"


def test_it_tells_the_data_the_model_and_how_to_make_it_again(made, system):
    text = markdown(made)
    for told in (
        "# Model card: holdfast v3-abc",
        system.tables.fingerprint,
        system.bundle.version,
        system.config.hash(),
        system.bundle.config_hash,
        "promoted: because",
        f"holdfast train --config holdfast.toml --as-of {system.result.as_of.isoformat()}",
        "last activity lies more than 60 days back",
        f"{system.tables.counts['orders'].rows:,}",
    ):
        assert told in text, told
    families = section(made, "What it learned").blocks[-1]
    assert families.startswith(f"{len(system.bundle.features)} features by family: ") and "recency" in families


def test_it_names_the_groups_in_which_it_is_weak(made):
    assert {"everybody", "tier: none"} <= set(rows(made, "Where it is weak"))


def test_a_stage_is_shown_by_its_name_not_its_id(made, system):
    ids = {one.group for one in system.result.slices if one.by == "stage"}
    shown = {name for name in rows(made, "Where it is weak") if name.startswith("stage: ")}
    assert "lapsed_1" in ids and shown == {f"stage: {names(system.config)[one][0]}" for one in ids}
    assert "lapsed_" not in markdown(made)


def test_the_page_holds_its_pictures(made):
    assert html(made).count('src="data:image/png;base64,') == 3


def test_what_was_not_measured_is_left_out(system):
    churn = {"holdfast": {"auc": float("nan"), "log_loss": 0.5}}
    nothing = replace(system.result.comparison, intervals={}, differences={})
    bare = replace(system.result, churn=churn, value={"holdfast": {}}, comparison=nothing, slices=())
    made = card(system, [bare], system.bundle, "v1", "not promoted: young")
    assert rows(made, "How good") == {"holdfast": ("–", "0.5000")}
    assert section(made, "Where it is weak").blocks == ("Not measured by slice.",)
    assert [label for label, *_ in made.figures] == ["AUC", "log loss", "churn predicted"]


def test_it_tells_the_curve_and_what_the_lifetime_rests_on_where_there_are_any(made, system):
    about = dict(system.bundle.trained_on) | {"curve": "churn curve: 7, 30 days", "lifetime": "no lifetime: too short"}
    whole = replace(system.bundle, trained_on=about)
    text = markdown(card(system, system.results, whole, "v3-abc", "promoted: because", []))
    assert "Churn curve: 7, 30 days." in text and "No lifetime: too short." in text
    assert "curve:" not in markdown(made)


def test_it_says_which_share_of_the_rows_campaigns_had_treated_and_that_their_labels_are_not_natural(made, system):
    assert "No training row is of a user whom a known campaign treated" in markdown(made)
    treated = replace(system.bundle, trained_on={**system.bundle.trained_on, "treated": 0.123})
    for how, said in (("keep", "learned from like all others"), ("drop", "left out"), ("feature", "counts as 0")):
        train = system.config.train.model_copy(update={"treated": how})
        base = replace(system, config=system.config.model_copy(update={"train": train}))
        text = markdown(card(base, system.results, treated, "v3-abc", "promoted: because", []))
        assert "12.3% of the training rows" in text and "not natural" in text and said in text


def test_it_tells_which_corrections_were_tried(system):
    tried = {
        "cutoffs": 6,
        "log_loss_change": {"platt": 0.001, "shift": -0.002},
        "helped_at": {"platt": 0, "shift": 5},
        "tried_at": {"platt": 6, "shift": 6},
        "bias": {f"2025-0{month}-01T00:00": month / 100 for month in range(1, 7)},
        "applied": "shift",
    }
    bundle = replace(system.bundle, metrics={"calibration": tried})
    made = card(system, system.results, bundle, "v1", "promoted: good")
    *_, bias, corrections = section(made, "Bias").blocks
    assert bias.endswith(
        "in points: 2025-03-01T00:00 +3.0, 2025-04-01T00:00 +4.0, 2025-05-01T00:00 +5.0, 2025-06-01T00:00 +6.0."
    )
    assert "platt +0.0010 (helped at 0 of 6), shift -0.0020 (helped at 5 of 6). Applied: shift." in corrections
