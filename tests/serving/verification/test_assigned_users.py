"""Everybody who was assigned: of exported runs, of global holdouts, and from elsewhere."""

import shutil
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.config import load
from features.user_base import opened
from serving.campaigns.policy import arm, in_global_holdout
from serving.scoring.bucket import bucket
from serving.verification.assigned_users import assigned_users, first_exports, goals
from tests.serving.verification.conftest import AS_OF
from training.verification.campaigns.verify import verify

EXPORTED = AS_OF + timedelta(hours=1)


def by_campaign(rows):
    return {
        name: rows.filter(pc.equal(rows["campaign_id"], name)).to_pylist()
        for name in rows["campaign_id"].unique().to_pylist()
    }


@pytest.mark.parametrize("text", [False, True], ids=["whole", "text"])
def test_both_arms_of_an_exported_play_are_assigned_when_it_is_exported(shop, text):
    one = shop(text=text)
    run = one.run()
    found = by_campaign(assigned_users(one.base()))[f"{run.name}/win_back"]
    inside = [user for user in one.ids if not in_global_holdout("1", 0.1, bucket(user))]
    expected = {user: arm("win_back", "1", user, 0.5) for user in inside if one.ids.index(user) >= 5}
    assert {row["user_id"]: row["arm"] for row in found} == expected and set(expected.values()) == {
        "treatment",
        "holdout",
    }
    number = one.ids.index(found[0]["user_id"])
    assert found[0] | {"user_id": 0, "arm": ""} == {
        "user_id": 0,
        "time": EXPORTED,
        "campaign_id": f"{run.name}/win_back",
        "arm": "",
        "share": 0.5,
        "risk": number / 40,
        "expected_value": number,
        "value_at_stake": number,
        "stay_tier": "high",
        "scored_at": AS_OF,
        "epoch": "1",
        "sent_as": f"{run.name}/win_back",
        "cluster": None,
    }


def test_a_run_that_was_not_exported_assigned_nobody(shop):
    one = shop()
    one.run(exported=False)
    assert len(assigned_users(one.base())) == 0 and first_exports(one.config.store_path) == {}


def test_the_global_holdout_is_everybody_scored_from_the_first_export_on(shop):
    one = shop(users=60)
    one.run(unscored={7, 8})
    one.run(at=AS_OF + timedelta(days=7))
    found = by_campaign(assigned_users(one.base()))["global_holdout/1"]
    held = {user for user in one.ids if in_global_holdout("1", 0.1, bucket(user))}
    assert held and {row["user_id"] for row in found} == {*one.ids} - {7, 8}
    assert {row["user_id"] for row in found if row["arm"] == "holdout"} == held - {7, 8}
    assert {(row["time"], row["share"], row["scored_at"], row["sent_as"]) for row in found} == {
        (EXPORTED, 0.1, AS_OF, None)
    }


def test_each_epoch_has_a_global_holdout_of_its_own_unless_it_holds_nobody_out(shop):
    one = shop()
    one.run()
    one.settings |= {"epoch": "2"}
    one.run(at=AS_OF + timedelta(days=40))
    one.settings |= {"epoch": "3", "share": 0}
    one.run(at=AS_OF + timedelta(days=80))
    found = by_campaign(assigned_users(one.base()))
    assert {name for name in found if name.startswith("global")} == {"global_holdout/1", "global_holdout/2"}
    assert {row["time"] for row in found["global_holdout/2"]} == {EXPORTED + timedelta(days=40)}


def test_a_play_of_several_runs_is_pooled_under_its_name(shop):
    one = shop()
    first, second = one.run(), one.run(at=AS_OF + timedelta(days=7))
    base = one.base()
    found = by_campaign(assigned_users(base))
    assert found.keys() == {f"{first.name}/win_back", f"{second.name}/win_back", "win_back", "global_holdout/1"}
    assert {row["sent_as"] for row in found["win_back"]} == {f"{one.name}/win_back" for one in (first, second)}
    told = goals(one.config.store_path)
    assert told == {"win_back": "value", f"{first.name}/win_back": "value", f"{second.name}/win_back": "value"}


def test_without_its_snapshot_a_runs_users_have_no_scores(shop):
    one = shop()
    run = one.run()
    shutil.rmtree(one.config.store_path / "snapshots" / run.manifest["snapshot"])
    found = by_campaign(assigned_users(one.base()))
    assert found.keys() == {f"{run.name}/win_back"}
    assert {(row["risk"], row["scored_at"]) for row in found[f"{run.name}/win_back"]} == {(None, None)}


def elsewhere(one, rows):
    users, times, names, arms = zip(*rows, strict=True)
    return pa.table(
        {"user_id": one.array(users), "time": pa.array(times, pa.timestamp("us")), "campaign_id": names, "arm": arms}
    )


def test_assignments_from_elsewhere_take_scores_of_an_earlier_day(shop):
    one = shop()
    one.scored(AS_OF - timedelta(days=5))
    one.scored(AS_OF)
    name = "l'été; --"
    rows = [(3, AS_OF + timedelta(hours=9), name, "holdout"), (99, AS_OF + timedelta(days=2), name, "treatment")]
    one.assignments = elsewhere(one, rows).append_column("cluster", pa.array(["shop 7", None]))
    found = assigned_users(one.base()).sort_by("time").to_pylist()
    assert [(row["user_id"], row["campaign_id"], row["arm"]) for row in found] == [
        (3, name, "holdout"),
        (99, name, "treatment"),
    ]
    assert [(row["risk"], row["scored_at"]) for row in found] == [(3 / 40, AS_OF - timedelta(days=5)), (None, None)]
    assert {(row["share"], row["epoch"], row["sent_as"]) for row in found} == {(None, None, name)}
    assert [row["cluster"] for row in found] == ["shop 7", None]


def test_a_runs_assignments_that_come_back_as_a_table_count_once(shop):
    one = shop()
    run = one.run()
    one.assignments = elsewhere(one, [(1, AS_OF, f"{run.name}/win_back", "treatment")])
    found = by_campaign(assigned_users(one.base()))
    assert 1 not in {row["user_id"] for row in found[f"{run.name}/win_back"]}


def test_campaigns_that_picked_their_users_are_refused_as_no_trials(real_data, tmp_path):
    """dunnhumby's type A went to households by what they had bought: whoever was left out is no holdout."""
    source = real_data / "dunnhumby"
    about = pq.read_table(source / "campaign_descriptions.parquet").to_pylist()
    begins = {one["campaign_id"]: one["start_date"] for one in about if one["campaign_type"] == "Type A"}
    picked = pq.read_table(source / "campaigns.parquet").to_pylist()
    everybody = (
        pq.read_table(source / "transactions_sample.parquet", columns=["household_id"])["household_id"]
        .unique()
        .to_pylist()
    )
    rows = ["user_id,time,campaign_id,arm"]
    for name in ("8", "18"):
        members = {one["household_id"] for one in picked if one["campaign_id"] == name}
        assert isinstance(begins[name], date)
        rows += [f"{one},{begins[name]},{name},{'treatment' if one in members else 'holdout'}" for one in everybody]
    (tmp_path / "assignments.csv").write_text("\n".join(rows))
    (tmp_path / "holdfast.toml").write_text(
        f'[engine]\nthreads = 1\n[tables.orders]\npath = "{source}/transactions_sample.parquet"\n'
        'columns = { user_id = "household_id", order_id = "basket_id", time = "transaction_timestamp", '
        'amount = "sales_value", items = "quantity", discount = "retail_disc" }\n'
        '[tables.assignments]\npath = "assignments.csv"\n[churn]\nhorizon_days = 28\n'
    )
    with opened(load(tmp_path / "holdfast.toml")) as base:
        found = verify(base, assigned_users(base))
    assert {one.campaign_id for one in found} == {"8", "18"} and isinstance(found[0].begin, datetime)
    assert [[why.code for why in one.trial.refusals] for one in found] == [["imbalance"], ["imbalance"]]
