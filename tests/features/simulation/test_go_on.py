from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from features.simulate import TABLES, World, simulate
from features.simulation.go_on import go_on
from features.statistics import difference_interval

END, DAYS, USERS = datetime(2026, 1, 1), 30, 20_000
AT = pd.Timestamp(END, tz="UTC")


def read(folder):
    return {name: pq.read_table(folder / name).to_pandas() for name in TABLES}


def messages(users, at=END + timedelta(hours=10)):
    count = len(users)
    given = {"user_id": users, "time": [at] * count, "channel": ["sms"] * count, "campaign_id": ["run/play"] * count}
    return pa.table(given)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    """A base before and after a message to half of those who ordered lately."""
    folder = tmp_path_factory.mktemp("sent")
    simulate(folder, USERS, days=400, world=World(contact_effects=True))
    before = read(folder)
    orders = before["orders"]
    recent = np.unique(orders.user_id[orders.time >= AT - timedelta(days=60)])
    treated = recent[np.random.default_rng(1).random(recent.size) < 0.5]
    rows = go_on(folder, messages(treated), DAYS)
    return before, read(folder), recent, treated, rows, folder


def test_the_new_days_stand_behind_the_old_rows_which_stay(campaign):
    before, after, _, treated, rows, folder = campaign
    for name in set(TABLES) - {"users", "costs", "truth"}:
        new = after[name][after[name].time >= AT]
        assert len(new) == rows[name] > 100 and len(after[name]) == len(before[name]) + len(new), name
        assert new.time.max() < AT + timedelta(days=DAYS)
    assert after["users"].equals(before["users"]) and (folder / ".until").read_text() == "2026-01-31"
    sent = after["messages"][after["messages"].time >= AT]
    assert sorted(sent.user_id) == treated.tolist() and set(sent.campaign_id) == {"run/play"}
    assert after["orders"].order_id.is_unique
    assert (after["events"].groupby("session_id").user_id.nunique() == 1).all()


def test_who_has_left_does_nothing_more_and_the_truth_is_carried_on(campaign):
    before, after, *_ = campaign
    old, new = (one["truth"].set_index("user_id") for one in (before, after))
    for name in ("cooling_at", "left_at", "reachable_until"):
        known = old[name].notna()
        assert old[name][known].equals(new[name][known]) and (new[name][~known].dropna() >= AT).all(), name
        assert new[name].notna().sum() > known.sum()
    orders = after["orders"]
    assert not (orders.time >= orders.user_id.map(new.left_at)).any()
    assert (new.contacts.map(len) - old.contacts.map(len)).sum() == len(campaign[3])
    assert (new.no_order_if_sent[old.left_at.notna()] == 1).all()


def test_a_verdict_on_churn_is_reached_and_is_that_of_the_truth(campaign):
    _, after, recent, treated, *_ = campaign
    truth = after["truth"].set_index("user_id").loc[recent]
    came = after["orders"].user_id[after["orders"].time >= AT]
    sent, churned = np.isin(recent, treated), ~np.isin(recent, came)
    low, high = difference_interval(
        int(churned[sent].sum()), int(sent.sum()), int(churned[~sent].sum()), int((~sent).sum()), 0.95
    )
    gain = (truth.no_order_if_sent - truth.no_order_if_not).to_numpy()
    assert high < 0 and low < gain.mean() < high
    for arm, chance in ((sent, truth.no_order_if_sent), (~sent, truth.no_order_if_not)):
        error = np.sqrt((chance * (1 - chance)).to_numpy()[arm].sum()) / arm.sum()
        assert abs(churned[arm].mean() - chance.to_numpy()[arm].mean()) < 3.5 * error
    new = after["orders"][after["orders"].time >= AT]
    spent = new.amount.astype(float).groupby(new.user_id).sum().reindex(recent, fill_value=0).to_numpy()
    for arm, value in ((sent, truth.value_if_sent), (~sent, truth.value_if_not)):
        error = spent[arm].std() / np.sqrt(arm.sum())
        assert abs(spent[arm].mean() - value.to_numpy()[arm].mean()) < 3.5 * error
    kinds = pd.Series(gain, truth.index).groupby(truth.contact_kind).mean()
    assert kinds["persuadable"] < -0.1 and kinds["sleeping_dog"] > 0.05
    assert np.allclose(kinds[["sure_thing", "lost_cause"]], 0, atol=1e-12)


def test_points_keep_their_contract_on_the_new_days(campaign):
    points = campaign[1]["points"].sort_values(["user_id", "time"], kind="stable")
    used = points.kind.where(points.kind != "expired", "spent")
    sums = {kind: points.points.where(used == kind, 0).groupby(points.user_id).cumsum() for kind in set(used)}
    assert (sums["claimed"] <= sums["earned"]).all() and (sums["spent"] <= sums["claimed"]).all()


def test_the_same_messages_give_the_same_bytes_and_what_is_not_delivered_leaves_no_row(tmp_path):
    rows = {}
    for name, delivered in (("a", 1.0), ("b", 1.0), ("c", 0.5)):
        simulate(tmp_path / name, 600, days=120)
        rows[name] = go_on(tmp_path / name, messages(list(range(1, 500))), 20, delivered=delivered)
    a, b = (sorted((tmp_path / name).rglob("*.parquet")) for name in "ab")
    assert [one.read_bytes() for one in a] == [one.read_bytes() for one in b]
    assert rows["a"]["messages"] == 499 and 200 < rows["c"]["messages"] < 300


def test_it_goes_on_again_from_where_it_ended(tmp_path):
    simulate(tmp_path, 500, days=120)
    go_on(tmp_path, messages([1, 2]), 10)
    go_on(tmp_path, messages([3], END + timedelta(days=12)), 10)
    orders = read(tmp_path)["orders"]
    assert orders.order_id.is_unique and orders.time.max() > AT + timedelta(days=10)
    with pytest.raises(BadInput, match="a message of 2026-01-02 is not from 2026-01-21 to 2026-01-30; mend it"):
        go_on(tmp_path, messages([3], END + timedelta(days=1)), 10)


def test_what_does_not_fit_is_told_with_its_cure(tmp_path):
    with pytest.raises(BadInput, match="holds no simulated base; make one with 'holdfast simulate"):
        go_on(tmp_path, messages([1]), 10)
    simulate(tmp_path, 50, days=60)
    with pytest.raises(BadInput, match="no column 'channel'; give them user_id, time, channel, campaign_id"):
        go_on(tmp_path, messages([1]).drop_columns(["channel"]), 10)
