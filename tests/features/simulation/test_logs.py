from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.simulate import World, churn_probability, simulate
from features.simulation.story import CAMPAIGN_GAP, CONTACT_DAYS
from features.simulation.world import KINDS

CAMPAIGN = date(1970, 1, 1) + timedelta(
    days=CAMPAIGN_GAP * ((date(2025, 11, 20) - date(1970, 1, 1)).days // CAMPAIGN_GAP)
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contacts")
    rows = simulate(folder, 20_000, days=400, world=World(contact_effects=True))
    return {name: pq.read_table(folder / name) for name in rows}


@pytest.fixture(scope="module")
def frames(base):
    return {name: table.to_pandas() for name, table in base.items()}


def test_at_any_time_no_more_is_claimed_than_earned_nor_spent_or_expired_than_claimed(frames):
    points = frames["points"].sort_values(["user_id", "time"], kind="stable")
    assert set(points.kind) == {"earned", "claimed", "spent", "expired"} and (points.points > 0).all()
    used = points.kind.where(points.kind != "expired", "spent")
    sums = {kind: points.points.where(used == kind, 0).groupby(points.user_id).cumsum() for kind in set(used)}
    assert (sums["claimed"] <= sums["earned"]).all() and (sums["spent"] <= sums["claimed"]).all()
    totals = points.groupby("kind").points.sum()
    assert 0.5 < totals.claimed / totals.earned < 0.9 and 0.1 < totals.spent / totals.claimed < 0.6
    assert (points.task.notna() <= (points.kind == "claimed")).all() and points.task.notna().any()


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), days=st.integers(30, 700), effects=st.booleans(), before=st.sampled_from([0, 0, 90]))
def test_points_keep_their_contract_at_every_moment_in_any_world(tmp_path_factory, seed, days, effects, before):
    folder = tmp_path_factory.mktemp("points")
    simulate(folder, 300, seed=seed, days=days, world=World(contact_effects=effects, days_before=before))
    points = pq.read_table(folder / "points").to_pandas().sort_values(["user_id", "time"], kind="stable")
    if before:  # what was earned before the logs begin is not in them
        points = points[points.user_id.isin(_came_later(folder))]
    used = points.kind.where(points.kind != "expired", "spent")
    sums = {
        kind: points.points.where(used == kind, 0).groupby(points.user_id).cumsum()
        for kind in ("earned", "claimed", "spent")
    }
    assert (sums["claimed"] <= sums["earned"]).all() and (sums["spent"] <= sums["claimed"]).all()


def _came_later(folder):
    users = pq.read_table(folder / "users").to_pandas()
    return users.user_id[users.signup_time >= pq.read_table(folder / "events").to_pandas().time.min()]


def test_orders_rise_and_fall_on_the_days_of_a_contact_as_the_kind_of_user_says(frames):
    truth, orders, rows = frames["truth"], frames["orders"], []
    for ahead in range(0, 15 * CAMPAIGN_GAP, CAMPAIGN_GAP):
        begin = pd.Timestamp(CAMPAIGN, tz="UTC") - timedelta(days=ahead)
        messages = frames["messages"].user_id[frames["messages"].time.dt.floor("D") == begin]
        quiet = (truth.signup_time < begin) & ~(truth.left_at <= begin) & ~(truth.reachable_until < begin)
        people = truth[quiet & truth.user_id.isin(frames["users"].user_id[frames["users"].consent_marketing])]
        inside = orders.user_id[(orders.time >= begin) & (orders.time < begin + timedelta(days=3))].value_counts()
        count = people.user_id.map(inside).fillna(0)
        rows.append(pd.DataFrame({"kind": people.contact_kind, "sent": people.user_id.isin(messages), "orders": count}))
    found = pd.concat(rows).groupby(["kind", "sent"]).orders.agg(["sum", "count"])
    assert CONTACT_DAYS > 3  # over so few days nobody has left because of the contact
    for kind, (_, lift, *_) in KINDS.items():
        with_it, without = found.loc[kind, True], found.loc[kind, False]
        ratio = np.log(with_it["sum"] / with_it["count"]) - np.log(without["sum"] / without["count"])
        assert abs(ratio - np.log(lift)) < 0.05 + 4 * np.sqrt(1 / with_it["sum"] + 1 / without["sum"]), kind


def test_a_campaign_among_20_000_users_shows_its_effect_beyond_doubt(base, frames):
    truth, start = frames["truth"], pd.Timestamp(CAMPAIGN, tz="UTC")
    orders = frames["orders"]
    recent = orders.user_id[(orders.time < start) & (orders.time >= start - timedelta(days=60))]
    consent = frames["users"].consent_marketing.to_numpy()
    asked = truth.user_id.isin(recent) & consent & ~(truth.reachable_until < start)
    sent = truth.user_id.isin(frames["messages"].user_id[frames["messages"].time.dt.floor("D") == start])
    came = orders.user_id[(orders.time >= start) & (orders.time < start + timedelta(days=30))]
    churned = ~truth.user_id.isin(came)
    lift = churned[asked & sent].mean() - churned[asked & ~sent].mean()
    error = np.sqrt(0.25 * (1 / (asked & sent).sum() + 1 / (asked & ~sent).sum()))
    assert lift < -1.96 * error
    best, worst = (churn_probability(base["truth"], CAMPAIGN, 30, contact=one) for one in (True, False))
    assert abs(lift - (best - worst)[asked.to_numpy()].mean()) < 3 * error
    gain = pd.Series(worst - best)[asked].groupby(truth.contact_kind[asked]).mean()
    assert gain["persuadable"] > 0.1 and gain["sleeping_dog"] < -0.05
    assert np.allclose(gain[["sure_thing", "lost_cause"]], 0, atol=1e-12)
