"""The scoring job: everybody in, once; the same twice; and readers never see half of it."""

from dataclasses import replace
from datetime import timedelta

import pyarrow.compute as pc
import pytest

from features.build import known
from features.config import Lifecycle, Score
from features.config.sections import Condition
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables.clean import clean
from features.user_base import UserBase
from serving.batch import bucket_features
from serving.batch.counts import moved
from serving.batch.score import most_worth_keeping, score
from serving.batch.snapshot import latest


def files(snapshot):
    """Name → bytes and time of change of every part."""
    parts = [snapshot.folder / part["file"] for part in snapshot.manifest["parts"]]
    return {part.name: (part.read_bytes(), part.stat().st_mtime_ns) for part in parts}


def without(snapshot, *keys):
    return {key: value for key, value in snapshot.manifest.items() if key not in keys}


def contents(snapshot):
    return [content for content, _ in files(snapshot).values()]


def test_users_in_are_those_scored_and_those_not_eligible(base):
    about, rows = base.snapshot.manifest, base.snapshot.table()
    assert about["users"] == len(rows) == 2000
    assert about["eligible"] == pc.sum(rows["eligible"]).as_py()
    why_not = [count for key, count in about["counts"].items() if key.startswith("reason_not_eligible:")]
    bands = [count for key, count in about["counts"].items() if key.startswith("risk_band:")]
    tiers = [count for key, count in about["counts"].items() if key.startswith("value_tier:")]
    assert (sum(why_not), sum(bands), sum(tiers)) == (2000 - about["eligible"], about["eligible"], about["eligible"])


def test_every_known_user_has_one_row_prospects_too(base, as_of):
    users = base.con.to_pyarrow(known(base, as_of).order_by("user_id"))
    rows = base.snapshot.table()
    assert rows["user_id"].to_pylist() == users["user_id"].to_pylist()
    assert "never active" in rows["reason_not_eligible"].to_pylist()


def test_who_signs_up_later_is_not_known_yet(base, scored, as_of):
    earlier = scored(as_of=as_of - timedelta(days=100))
    signup = base.con.to_pyarrow(base.tables["users"].select("user_id", "signup_time")).to_pylist()
    expected = {one["user_id"] for one in signup if one["signup_time"] < as_of - timedelta(days=100)}
    assert set(earlier.table()["user_id"].to_pylist()) == expected and len(expected) < 2000


def test_the_counts_stand_in_the_configured_order(base):
    kinds = ("risk_band:", "value_tier:", "stay_tier:")
    keys = [key for key in base.snapshot.manifest["counts"] if key.startswith(kinds)]
    bands = ["risk_band:low", "risk_band:medium", "risk_band:high"]
    tiers = [f"value_tier:{name}" for name in ("none", "low", "mid", "high")]
    assert keys == [*bands, *tiers, *(f"stay_tier:{name}" for name in ("low", "mid", "high"))]


def test_nobody_has_one_risk_at_two_horizons_of_the_curve(base):
    assert base.snapshot.manifest["curve_alike"] == 0


def test_the_manifest_says_what_it_was_made_from(base, as_of):
    about = base.snapshot.manifest
    assert (about["as_of"], about["model_version"]) == (as_of.isoformat(), base.model.name)
    assert about["config_hash"] == base.config.hash()
    assert about["rows"]["orders"]["rows"] == about["rows"]["orders"]["used"]


@pytest.fixture
def scored_by_free(base, own):
    """scored_by_free(): the same by a model that was trained before there was a plan but 'free'."""
    model = replace(base.model, bundle=replace(base.model.bundle, encodings={"plan": ("free",)}))
    return lambda **more: score(UserBase(own, base.con, base.tables), model, **more)


def plus(base, snapshot):
    """How many of the scored users are on the plan 'plus'."""
    plans = base.con.to_pyarrow(base.tables["users"].select("user_id", "plan"))
    rows = snapshot.table(["user_id", "eligible"])
    there = plans.filter(pc.is_in(plans["user_id"], rows.filter(rows["eligible"])["user_id"].combine_chunks()))
    return there["plan"].to_pylist().count("plus")


def test_text_that_the_model_never_saw_is_counted_of_those_who_are_scored(base, scored_by_free):
    assert base.model.bundle.encodings == {"plan": ("free", "plus")} and base.snapshot.manifest["unseen"] == {}
    found = scored_by_free()
    assert found.manifest["unseen"] == {"plan": plus(base, found)} and 0 < plus(base, found) < 500


def test_a_run_that_goes_on_counts_what_was_unseen_in_its_first_parts_too(base, scored_by_free, own, small, stopped):
    with pytest.raises(KeyboardInterrupt):
        scored_by_free()
    stopped.undo()
    assert list((own.store_path / "snapshots").glob("*/part-0.parquet"))
    found = scored_by_free()
    assert found.manifest["unseen"] == {"plan": plus(base, found)}


def test_the_rows_are_the_bundles_scores_of_the_same_features(base, table):
    rows = base.snapshot.table()
    score = base.model.bundle.score(table.filter(rows["eligible"]), 1)
    scored = rows.filter(rows["eligible"])
    assert scored["churn_risk"].to_pylist() == score["churn_risk"].tolist()
    assert scored["expected_value"].to_pylist() == score["expected_value"].tolist()


def test_two_fresh_runs_are_the_same_bytes(scored):
    one, two = scored(fresh=True), scored(fresh=True)
    assert one.folder != two.folder and contents(one) == contents(two)
    assert without(one, "previous") == without(two, "previous")


def test_the_same_work_is_not_done_again(scored, monkeypatch):
    first = scored()
    before = files(first)
    monkeypatch.setattr(bucket_features.feature_table, "plan", None)  # whoever computes anything, fails
    again = scored()
    assert again == first and files(again) == before


def test_fresh_does_it_again_and_leaves_readers_what_they_read(scored, own):
    first = scored()
    before = files(first)
    again = scored(fresh=True)
    assert again.folder != first.folder and latest(own.store_path) == again
    assert files(first) == before
    assert scored() == again


def test_another_configuration_is_refused_in_one_line(base, own):
    churn = own.churn.model_copy(update={"eligible_days": 61.0})
    other = own.model_copy(update={"churn": churn})
    with pytest.raises(BadInput) as caught:
        score(UserBase(other, base.con, base.tables), base.model)
    line = str(caught.value)
    assert base.model.name in line and base.model.bundle.config_hash in line and "\n" not in line
    assert line.endswith("run 'holdfast train', or take back the change")


def test_stage_rules_on_an_undated_region_are_for_the_end_of_the_logs_alone(base, own, as_of):
    rules = own.model_copy(update={"lifecycle": Lifecycle(healthy=Condition(all=["region == 'north'"]))})
    with pytest.raises(BadInput, match=r"feature 'region' as of .*: of users.region only today's value is known"):
        score(UserBase(rules, base.con, base.tables), base.model, as_of - timedelta(days=1))
    assert not (own.store_path / "snapshots").exists()


def test_before_the_first_user_there_is_nothing_to_score(scored, own, as_of):
    with pytest.raises(BadInput, match="no user is known then; take a later as-of"):
        scored(as_of=as_of - timedelta(days=999))
    with pytest.raises(BadInput, match="no snapshot yet"):
        latest(own.store_path)


def test_several_buckets_are_the_same_rows_as_one(base, scored, small):
    several = scored()
    parts = several.manifest["parts"]
    assert len(parts) == 16 and all(part["rows"] > 60 for part in parts) and sum(part["rows"] for part in parts) == 2000
    assert several.table().equals(base.snapshot.table())
    varies = ("parts", "digits", "previous")
    assert without(several, *varies) == without(base.snapshot, *varies)


def test_the_population_is_kept_with_the_snapshot(base):
    kept = base.snapshot.manifest["population"]
    assert (kept["cutoff"], kept["users"]) == (base.snapshot.manifest["as_of"], 1371)


def test_the_snapshot_before_stands_beside_the_new_one(base, scored, own, as_of):
    assert base.snapshot.manifest["previous"] is None
    before = scored(as_of=as_of - timedelta(days=60))
    after = scored()
    told = after.manifest["previous"]
    assert told["run"] == before.run_id and told["counts"] == before.manifest["counts"]
    assert after.manifest["alarms"] == moved(own, before.manifest["counts"], after.manifest["counts"])
    strict = own.model_copy(update={"score": Score(max_shift=0.001)})
    again = score(UserBase(strict, base.con, base.tables), base.model, as_of=as_of - timedelta(days=60), fresh=True)
    assert len(again.manifest["alarms"]) > 5


def rows_of(base, config, as_of):
    """What the champion says of this copy of the base."""
    with connect(config) as con:
        return score(UserBase(config, con, clean(con, config)), base.model, as_of).table()


def test_what_happens_from_the_as_of_on_changes_no_score_and_just_before_it_does(base, with_orders, as_of):
    at, moment = as_of - timedelta(days=30), timedelta(microseconds=1)
    user = base.snapshot.table()["user_id"][0].as_py()
    later = rows_of(base, with_orders((user, at + timedelta(days=9))), at)
    assert rows_of(base, with_orders((user, at), (user, at + moment), (10**6, at)), at).equals(later)
    assert not rows_of(base, with_orders((user, at - moment)), at).equals(later)


def test_the_most_worth_keeping_have_the_most_at_stake(base):
    rows = base.snapshot.table()
    at_stake = sorted((x for x in rows["value_at_stake"].to_pylist() if x is not None), reverse=True)
    assert most_worth_keeping(base.snapshot, 7)["value_at_stake"].to_pylist() == at_stake[:7]


def test_an_input_that_was_changed_since_it_was_read_gives_no_snapshot(base, own):
    gone = replace(base.tables, stamps={("orders", "gone.parquet"): (1, 1)})
    with pytest.raises(BadInput, match="tables.orders: gone.parquet is gone since it was read"):
        score(UserBase(own, base.con, gone), base.model)
    with pytest.raises(BadInput):
        latest(own.store_path)
