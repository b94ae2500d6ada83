"""What is put to a bundle's scores: bands and percentiles that are frozen, nulls for those not eligible, the schema."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from serving.scoring.bucket import bucket
from serving.scoring.reasons import PLAIN
from serving.scoring.scorer import history, risk_percentile, score_columns, score_rows, snapshot_rows
from training.models import shap

SCORES = ["churn_risk", "risk_band", "risk_percentile", "expected_value", "value_rank", "value_tier"]
SCORES += ["value_if_stays", "stay_tier", "value_at_stake"]
AHEAD = ["churn_curve", "lifetime_days", "lifetime_value", "lifetime_value_low", "lifetime_value_high"]
# The design's columns, in the design's order.
SCHEMA = {
    "user_id": pa.int64(),
    "as_of": pa.timestamp("us", "UTC"),
    "eligible": pa.bool_(),
    "reason_not_eligible": pa.string(),
    "stage": pa.string(),
    "churn_risk": pa.float64(),
    "risk_band": pa.string(),
    "risk_percentile": pa.float64(),
    "expected_value": pa.float64(),
    "value_rank": pa.float64(),
    "value_tier": pa.string(),
    "value_if_stays": pa.float64(),
    "stay_tier": pa.string(),
    "value_at_stake": pa.float64(),
    "stage_before": pa.string(),
    "bucket": pa.int64(),
    "level": pa.string(),
    "tags": pa.list_(pa.string()),
    "churn_curve": pa.list_(
        pa.struct([("days", pa.float64()), ("churn_risk", pa.float64()), ("returned", pa.float64())])
    ),
    "lifetime_days": pa.float64(),
    "lifetime_value": pa.float64(),
    "lifetime_value_low": pa.float64(),
    "lifetime_value_high": pa.float64(),
    "history_days": pa.float64(),
    "active_days": pa.int64(),
    "weekly_counts": pa.list_(pa.int64()),
    "points_balance": pa.float64(),
    "reasons": pa.list_(
        pa.struct(
            [
                ("feature", pa.string()),
                ("value", pa.float64()),
                ("before", pa.float64()),
                ("contribution", pa.float64()),
            ]
        )
    ),
    "model_version": pa.string(),
    "config_hash": pa.string(),
}


@pytest.fixture(scope="module")
def bundle(base):
    return base.model.bundle


@pytest.fixture(scope="module")
def rows(bundle, table, as_of):
    return snapshot_rows(bundle, table, as_of, 60, "v1", "cfg", threads=1)


@pytest.fixture
def silent(bundle, table, as_of):
    """silent(0.5, None, …): one row each for users silent for so many days, null = never active."""

    def make(*days):
        one = table.slice(0, 1)
        index = one.column_names.index("days_since_active")
        many = pa.concat_tables(
            [one.set_column(index, "days_since_active", pa.array([day], pa.float64())) for day in days]
        )
        return snapshot_rows(bundle, many, as_of, 60, "v1", "cfg", threads=1)

    return make


def test_the_schema_is_the_designs(rows):
    assert dict(zip(rows.schema.names, rows.schema.types, strict=True)) == SCHEMA


def test_every_column_says_what_it_means(rows):
    assert [field.name for field in rows.schema if not (field.metadata or {}).get(b"meaning")] == []


def test_user_ids_keep_their_type(bundle, table, as_of):
    names = pa.array([f"u{n}" for n in range(5)])
    text = snapshot_rows(bundle, table.slice(0, 5).set_column(0, "user_id", names), as_of, 60, "v1", "cfg", threads=1)
    assert text["user_id"].to_pylist() == names.to_pylist()


def test_rows_come_in_the_order_of_the_features(bundle, table, as_of, rows):
    back = table.take(list(reversed(range(len(table)))))
    assert snapshot_rows(bundle, back, as_of, 60, "v1", "cfg", threads=1).sort_by("user_id").equals(rows)


def test_a_part_of_the_users_gets_the_same_answers_as_all_of_them(bundle, table, as_of, rows):
    # Ranks within the part would differ: of these, every third has been asked for alone.
    part = list(range(0, len(table), 3))
    assert snapshot_rows(bundle, table.take(part), as_of, 60, "v1", "cfg", threads=1).equals(rows.take(part))


def test_one_user_gets_the_same_answer_as_all_of_them(bundle, table, as_of, rows):
    for at in (0, 17, len(table) - 1):
        assert snapshot_rows(bundle, table.slice(at, 1), as_of, 60, "v1", "cfg", threads=1).equals(rows.slice(at, 1))


def test_features_are_found_by_name_and_not_by_place(bundle, table, as_of, rows):
    shuffled = table.select(["user_id", *reversed([name for name in table.column_names if name != "user_id"])])
    assert snapshot_rows(bundle, shuffled, as_of, 60, "v1", "cfg", threads=1).equals(rows)


def test_a_percentile_is_the_share_of_risks_no_higher_at_the_last_training_cutoff():
    frozen = SimpleNamespace(quantiles=np.array([0.1, 0.2, 0.3, 0.4]))
    risk = np.array([0.0, 0.1, 0.15, 0.3, 0.4, 0.9])
    assert risk_percentile(frozen, risk).tolist() == [0, 25, 25, 75, 100, 100]


def test_most_users_at_the_highest_risk_are_at_the_top_and_not_at_the_bottom():
    frozen = SimpleNamespace(quantiles=np.array([0.1] * 10 + [0.988] * 90))
    assert risk_percentile(frozen, np.array([0.1, 0.988])).tolist() == [10, 100]


def test_bands_are_cut_at_the_configured_percentiles(rows):
    scored = rows.filter(rows["eligible"]).to_pylist()
    expected = [
        "low" if one["risk_percentile"] < 50 else "medium" if one["risk_percentile"] < 80 else "high" for one in scored
    ]
    assert [one["risk_band"] for one in scored] == expected
    assert set(expected) == {"low", "medium", "high"}


def test_more_risk_is_never_a_lower_percentile(rows):
    scored = rows.filter(rows["eligible"]).sort_by("churn_risk")
    assert (np.diff(scored["risk_percentile"].to_numpy()) >= 0).all()


def test_the_curve_never_goes_back_and_holds_the_churn_risk_itself(bundle, rows):
    assert bundle.curve == (7, 14, 30)  # four cutoffs span three weeks: no window of 60 days has closed
    for row in rows.filter(rows["eligible"]).to_pylist():
        curve = {point["days"]: point["churn_risk"] for point in row["churn_curve"]}
        back = [point["returned"] for point in row["churn_curve"]]
        assert list(curve) == list(bundle.curve) and curve[30] == row["churn_risk"]
        assert back == sorted(back) and back == [1 - risk for risk in curve.values()]


def test_a_lifetime_value_lies_within_its_interval(rows):
    for row in rows.filter(rows["eligible"]).to_pylist():
        assert 0 <= row["lifetime_value_low"] <= row["lifetime_value"] <= row["lifetime_value_high"]
        assert 0 < row["lifetime_days"] <= 8 * 30


def test_where_the_logs_are_too_short_there_is_no_lifetime_and_the_curve_is_the_horizon(bundle, table):
    short = replace(bundle, lifetime=None, boosters={k: v for k, v in bundle.boosters.items() if k[:6] != "churn_"})
    found = score_columns(short, table.slice(0, 3), 1, why=False)
    assert all(found[name].null_count == 3 for name in AHEAD[1:])
    risk = found["churn_risk"].to_pylist()
    assert found["churn_curve"].to_pylist() == [[{"days": 30, "churn_risk": x, "returned": 1 - x}] for x in risk]


def test_value_at_stake_is_the_risk_times_the_value_of_a_user_who_stays(bundle, table, rows):
    eligible = rows["eligible"]
    score = bundle.score(table.filter(eligible), 1)
    at_stake = rows.filter(eligible)["value_at_stake"].to_numpy()
    assert at_stake == pytest.approx((score["churn_risk"] * score["value_if_stays"]).to_numpy(), rel=1e-12)


def test_the_scores_are_the_bundles(bundle, table, rows):
    scored = rows.filter(rows["eligible"])
    score = bundle.score(table.filter(rows["eligible"]), 1)
    for name in ("churn_risk", "expected_value", "value_rank", "value_if_stays"):
        assert scored[name].to_numpy().tolist() == score[name].tolist()
    tiers = bundle.config["value"]["tiers"]
    assert scored["value_tier"].to_pylist() == [tiers[number] for number in score["tier"].astype(int)]
    assert scored["stay_tier"].to_pylist() == [tiers[number] for number in score["stay_tier"].astype(int)]


def test_the_expected_value_is_the_chance_to_stay_times_the_value_of_a_user_who_stays(bundle, rows):
    scored = rows.filter(rows["eligible"])
    risk, worth = (scored[name].to_numpy() for name in ("churn_risk", "value_if_stays"))
    assert "stay" not in bundle.boosters  # nobody who churned spent: churn is to order nothing
    assert scored["expected_value"].to_numpy() == pytest.approx((1 - risk) * worth, rel=1e-12)


def test_value_at_stake_a_user_rises_with_the_risk_and_with_what_they_are_worth(bundle, rows):
    # In each cell of risk band by stay tier, and there is somebody in every one.
    scored = rows.filter(rows["eligible"]).to_pandas()
    grid = scored.pivot_table(index="risk_band", columns="stay_tier", values="value_at_stake", aggfunc="mean")
    grid = grid.loc[bundle.config["risk"]["names"], bundle.config["value"]["tiers"][1:]].to_numpy()
    assert np.isfinite(grid).all()
    assert (np.diff(grid, axis=0) > 0).all() and (np.diff(grid, axis=1) > 0).all()


def test_a_bucket_is_the_users_own_and_a_stage_before_is_for_whoever_knows_the_snapshot_before(rows):
    assert rows["bucket"].to_pylist() == [bucket(user) for user in rows["user_id"].to_pylist()]
    assert rows["stage_before"].null_count == len(rows)


def test_contributions_add_up_to_the_risk(bundle, table, rows):
    # Log-odds = base + contributions: over two users the base drops out.
    pair = table.filter(rows["eligible"]).slice(0, 2)
    risk = bundle.score(pair, 1)["churn_risk"].to_numpy()
    sums = bundle.contributions(pair, 1).sum(axis=1)
    assert np.diff(np.log(risk / (1 - risk))) == pytest.approx(np.diff(sums), abs=1e-9)


def test_a_large_batch_is_told_what_single_users_are_told(bundle, table, rows, monkeypatch):
    scored = table.filter(rows["eligible"])
    few = bundle.contributions(scored, 1)
    monkeypatch.setattr(shap, "WOODELF_ROWS", 1)
    difference = np.abs(bundle.contributions(scored, 1) - few).max()
    assert 0 < difference <= 1e-4  # not 0: they were worked out in another way


def test_who_is_not_eligible_has_no_score_and_a_reason(rows):
    others = rows.filter(pc.invert(rows["eligible"]))
    assert len(others) and others["reason_not_eligible"].null_count == 0
    for name in [*SCORES, *AHEAD, "reasons"]:
        assert others[name].null_count == len(others), name


def test_who_is_eligible_has_every_score_and_no_reason_against(rows):
    scored = rows.filter(rows["eligible"])
    assert len(scored) and scored["reason_not_eligible"].null_count == len(scored)
    for name in [*SCORES, *AHEAD, "reasons"]:
        assert scored[name].null_count == 0, name


def test_never_active_is_a_reason_of_its_own(silent):
    found = silent(None, 61.0)
    assert found["reason_not_eligible"].to_pylist() == ["never active", "last active more than 60 days ago"]


def test_the_last_eligible_day_counts(silent):
    assert silent(60.0, 60.001)["eligible"].to_pylist() == [True, False]


def test_a_base_without_an_eligible_user_has_rows_and_no_scores(silent):
    found = silent(None, None, 99.0)
    assert found["churn_risk"].to_pylist() == [None] * 3 and found["reasons"].to_pylist() == [None] * 3


def test_reasons_can_be_left_out(bundle, table):
    assert score_columns(bundle, table.slice(0, 3), 1, why=False)["reasons"].to_pylist() == [None] * 3


def test_the_code_of_a_text_is_no_reason_for_a_person(bundle, table):
    name = bundle.features[0]
    texts = table.slice(0, 3).set_column(table.column_names.index(name), name, pa.array(["a", "b", None]))
    encoded = replace(bundle, encodings={**bundle.encodings, name: ("a", "b")})
    given = [reason for row in score_columns(encoded, texts, 1)["reasons"].to_pylist() for reason in row]
    assert len(given) == 15 and [reason["value"] for reason in given if reason["feature"] == name] == [None] * sum(
        reason["feature"] == name for reason in given
    )


def test_a_score_says_how_much_history_it_rests_on():
    table = pa.table({"tenure_days": [40.5, None], "gap_count": pa.array([2, 0], pa.int64())})
    found = history(table)
    assert (found["history_days"].to_pylist(), found["active_days"].to_pylist()) == ([40.5, None], [3, None])
    assert history(table.drop_columns("gap_count"))["active_days"].to_pylist() == [None, None]


def test_a_handful_of_rows_is_scored_as_many_are(base, table):
    some = table.slice(0, 60)
    many = pa.table(score_columns(base.model.bundle, some)).to_pylist()
    matrix = base.model.bundle.matrix(some)
    assert score_rows(base.model.bundle, matrix) == many
    assert [score_rows(base.model.bundle, row[None])[0] for row in matrix] == many
    assert score_rows(base.model.bundle, matrix[:0]) == []


def test_a_high_risk_is_first_explained_by_what_raises_it_in_the_users_own_numbers(base, table):
    scored = pa.table(score_columns(base.model.bundle, table)).to_pylist()
    rows = {name: table[name].to_pylist() for name in table.column_names}
    high = [at for at, one in enumerate(scored) if one["risk_band"] == "high"]
    assert high and all(scored[at]["reasons"][0]["contribution"] > 0 for at in high)
    for at, one in enumerate(scored):
        for reason in one["reasons"]:
            assert not reason["feature"].startswith(tuple(PLAIN))
            if reason["feature"] not in base.model.bundle.encodings:
                assert reason["value"] == rows[reason["feature"]][at]
