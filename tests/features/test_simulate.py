import hashlib
import io
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from features.simulate import TABLES, World, simulate
from features.simulation import story
from features.simulation.story import CONTACT_DAYS, CONTACTED

USERS, UNTIL = 20_000, pd.Timestamp("2026-01-01", tz="UTC")
ACTIVITY = ("orders", "events", "points", "feedback")
TYPES = {"timestamp[us, tz=UTC]": "time", "int64": "int", "date32[day]": "date"}
CONTRACT = {  # ? = has nulls
    "orders": "user_id:int time:time order_id:int amount:double items:int discount:double channel:string",
    "events": "user_id:int time:time event:string session_id:int value:double? item:int?",
    "users": "user_id:int signup_time:time channel:string plan:string region:string "
    "consent_marketing:bool birthday:date? timezone:string? consent_sms:bool phone_sha256:string? "
    "external_userid:string? wecom_owner:string? invited_by:int?",
    "messages": "user_id:int time:time channel:string campaign_id:string "
    "opened_at:time? clicked_at:time? opted_out_at:time?",
    "points": "user_id:int time:time kind:string points:int task:string?",
    "feedback": "user_id:int time:time kind:string score:double? resolved_at:time? responded_at:time?",
    "costs": "time:time channel:string cost:double",
    "truth": "user_id:int signup_time:time cooling_at:time? left_at:time? reachable_until:time? "
    "order_rate:double visit_rate:double hazard:double mean_amount:double contact_effect:double "
    "contacts:list<time> complaints:list<time> resolved:list<time>",
}


def columns(table, nulls=True):
    def kind(of):
        return f"list<{kind(of.value_type)}>" if pa.types.is_list(of) else TYPES.get(str(of), str(of))

    null = {name: "?" * (nulls and table[name].null_count > 0) for name in table.column_names}
    return " ".join(f"{field.name}:{kind(field.type)}{null[field.name]}" for field in table.schema)


def read(folder):
    return {table: pq.read_table(folder / table) for table in TABLES}


@pytest.fixture(scope="module")
def base(simulated):
    return simulated[1]


@pytest.fixture(scope="module")
def frames(base):
    return {name: table.to_pandas() for name, table in base.items()}


@pytest.fixture(scope="module")
def truth(frames):
    return frames["truth"].set_index("user_id")


def test_columns_types_and_nulls_are_the_contract(base):
    assert {name: columns(table) for name, table in base.items()} == CONTRACT


def test_counts_are_those_of_the_files_and_of_a_demo_s_size(simulated):
    rows, base = simulated
    assert rows == {name: len(table) for name, table in base.items()}
    assert rows["users"] == rows["truth"] == USERS
    assert 9 < rows["orders"] / USERS < 12 and 50 < rows["events"] / USERS < 85


def test_ids_are_unique_and_no_two_users_live_the_same_life(frames, truth):
    assert truth.mean_amount.is_unique
    assert frames["users"].user_id.is_unique and frames["orders"].order_id.is_unique
    assert (frames["events"].groupby("session_id").user_id.nunique() == 1).all()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(tmp_path / name, 500, seed=seed)
    a, b, c = ([(tmp_path / name / t / "part-00000.parquet").read_bytes() for t in TABLES] for name in "abc")
    assert a == b and not any(one == other for one, other in zip(a, c, strict=True))


def test_the_size_of_a_chunk_changes_nothing_but_the_parts(tmp_path):
    chunks, seen = (1, 10_000, 50_000), []
    counts = [simulate(tmp_path / str(n), 11_000, days=200, chunk=n, progress=seen.append) for n in chunks]
    assert counts[0] == counts[1] == counts[2]
    assert seen == [5_000, 10_000, 11_000, 10_000, 11_000, 11_000]
    parts = [sorted(path.name for path in (tmp_path / f"{n}/events").iterdir()) for n in chunks]
    assert parts == [[f"part-0000{i}.parquet" for i in range(n)] for n in (3, 2, 1)]  # and nothing unfinished
    small, middle, large = (read(tmp_path / str(n)) for n in chunks)
    assert all(small[table].equals(large[table]) and middle[table].equals(large[table]) for table in TABLES)


@pytest.mark.parametrize("wrong", [{"users": 0}, {"users": -5}, {"days": 0}, {"chunk": 0}])
def test_numbers_below_one_are_refused_in_one_line(tmp_path, wrong):
    with pytest.raises(BadInput, match="at least 1, not") as error:
        simulate(tmp_path / "out", **{"users": 10, **wrong})
    assert "\n" not in str(error.value) and not (tmp_path / "out").exists()


@pytest.mark.parametrize("days", [1, 2, 20])
def test_the_shortest_history_has_the_same_columns_and_takes_no_second_base(tmp_path, days):
    simulate(tmp_path, 1, days=days)
    bare = {name: text.replace("?", "") for name, text in CONTRACT.items()}
    assert {name: columns(table, nulls=False) for name, table in read(tmp_path).items()} == bare
    with pytest.raises(BadInput, match="orders already holds Parquet files"):
        simulate(tmp_path, 20, days=30)


def test_nobody_acts_before_signing_up_or_after_leaving_and_nothing_is_after_the_log_s_end(frames, truth):
    assert all((frame.select_dtypes("datetimetz").max() < UNTIL).all() for frame in frames.values())
    for name in (*ACTIVITY, "messages"):
        assert (frames[name].time > frames[name].user_id.map(truth.signup_time)).all(), name
        late = (frames[name].time >= frames[name].user_id.map(truth.left_at)).any()
        assert late == (name == "messages"), name  # senders do not know who has left
    unasked = frames["messages"][frames["messages"].opted_out_at.isna()]
    assert not (unasked.opened_at >= unasked.user_id.map(truth.left_at)).any()


def test_one_in_twenty_never_acts_and_a_healthy_share_leaves_after_cooling(frames, truth):
    prospects, left = truth[truth.order_rate == 0], truth[truth.left_at.notna()]
    assert 0.04 < len(prospects) / USERS < 0.06 and prospects[["cooling_at", "left_at"]].isna().all(axis=None)
    assert not any(frames[name].user_id.isin(prospects.index).any() for name in ACTIVITY)
    assert 0.3 < len(left) / USERS < 0.5
    assert (left.cooling_at - left.signup_time.dt.floor("D")).min() == timedelta(days=2)  # not on the day of signing up
    assert (left.left_at - left.cooling_at).min() == timedelta(days=1)


def test_every_order_has_its_whole_funnel_just_before_it_on_its_day(frames):
    events, orders = frames["events"], frames["orders"].sort_values(["user_id", "time"])
    paid = events[events.event == "checkout"].sort_values(["user_id", "time"])
    assert paid.user_id.tolist() == orders.user_id.tolist()
    assert np.isclose(paid.value.sum(), orders.amount.sum())
    lead = orders.time.reset_index(drop=True) - paid.time.reset_index(drop=True)
    assert lead.min() > timedelta(0) and lead.max() < timedelta(minutes=20)
    funnel = events[events.session_id.isin(paid.session_id)].pivot(index="session_id", columns="event", values="time")
    assert set(funnel) == {"visit", "view", "cart", "checkout"}
    assert ((funnel.visit < funnel.view) & (funnel.view < funnel.cart) & (funnel.cart < funnel.checkout)).all()
    days = events.time.dt.floor("D").groupby(events.session_id)
    assert (days.max() == days.min()).all()
    assert (paid.time.dt.floor("D").to_numpy() == orders.time.dt.floor("D").to_numpy()).all()


def test_amounts_are_positive_with_two_decimals_and_no_more_points_are_used_than_earned(frames):
    orders, points = frames["orders"], frames["points"]
    assert (orders.amount > 0).all() and (orders.discount >= 0).all() and (orders["items"] >= 1).all()
    assert (orders.amount == orders.amount.round(2)).all()
    sums = points.pivot_table(index="user_id", columns="kind", values="points", aggfunc="sum", fill_value=0)
    assert set(sums) == {"earned", "claimed", "spent", "expired"}
    assert (points.points > 0).all() and (sums.spent + sums.expired <= sums.earned).all()
    assert (points.task.notna() <= (points.kind == "claimed")).all() and points.task.notna().any()


def test_messages_need_consent_and_end_with_opting_out(frames, truth):
    messages, users = frames["messages"], frames["users"].set_index("user_id")
    assert messages.user_id.map(users.consent_marketing).all()
    assert not (messages.time > messages.user_id.map(truth.reachable_until)).any()
    answered = messages.dropna(subset="opted_out_at")
    assert len(answered) > 100 and (answered.opted_out_at > answered.opened_at).all()


def test_truth_knows_the_messages_and_the_complaints_of_the_log(frames, truth):
    feedback = frames["feedback"]
    for column, log in (("contacts", frames["messages"]), ("complaints", feedback[feedback.kind == "complaint"])):
        told = truth[column].explode().dropna().reset_index().sort_values(["user_id", column])
        log = log.sort_values(["user_id", "time"])
        assert told.user_id.tolist() == log.user_id.tolist()
        assert (told[column].to_numpy().astype("M8[us]") == log.time.dt.tz_localize(None).to_numpy()).all()


@pytest.fixture(scope="module")
def trial(frames, truth):
    """A row per campaign and user it could reach at random: contacted or not, and what happened in a contact's days."""
    messages, consent, parts = frames["messages"], frames["users"].consent_marketing.to_numpy(), []
    for day in sorted(messages.time.dt.floor("D").unique()):
        end = day + timedelta(days=CONTACT_DAYS)
        here = consent & (truth.signup_time < day) & ~(truth.left_at <= day) & ~(truth.reachable_until < day)
        people = truth[here & (truth.order_rate > 0) & (end < UNTIL)]
        contacted = people.index.isin(messages.user_id[messages.time.dt.floor("D") == day])
        days, cooling = (people.left_at.fillna(end).clip(upper=end) - day).dt.days, people.cooling_at <= day
        left, turned = people.left_at <= end, ~cooling & (people.cooling_at <= end)
        parts.append(pd.DataFrame(dict(contacted=contacted, cooling=cooling, days=days, left=left, turned=turned)))
    return pd.concat(parts)


def test_who_is_contacted_does_not_depend_on_their_state(trial):
    for among in (trial.contacted, trial.contacted[trial.cooling]):
        assert abs(among.mean() - CONTACTED) < 3 * np.sqrt(CONTACTED * (1 - CONTACTED) / len(among))


@pytest.mark.parametrize(("event", "phases"), [("left", {True, False}), ("left", {True}), ("turned", {False})])
def test_a_contact_lowers_the_hazard_by_the_stated_factor_for_its_days(trial, event, phases):
    among = trial[trial.cooling.isin(phases)].groupby("contacted")
    happened, hazard = among[event].sum(), among[event].sum() / among.days.sum()
    ratio, error = np.log(hazard[True] / hazard[False]), np.sqrt((1 / happened).sum())
    assert abs(ratio - np.log(story.CONTACT_EFFECT)) < 3 * error and ratio + 3 * error < 0


# What the first version of the simulation wrote: the demo, the tutorials and everybody's old seeds stand on it.
FIRST = {
    "orders": "0a3205c253af95d4",
    "events": "06ade7e97436a1de",
    "users": "1213770a8a9e01ce",
    "messages": "75c9ca25379babad",
    "points": "5f9caa20fdeef31a",
    "feedback": "5ffbf375bcf2c598",
    "truth": "f993f8d4b80a5cc7",
}


def test_an_old_seed_gives_what_it_always_gave(tmp_path):
    simulate(tmp_path, 5_200, seed=3, days=120, until=date(2025, 6, 1))
    found = {}
    for name, table in read(tmp_path).items():
        if name == "users":  # what came later stands behind
            table = table.select(table.column_names[: table.column_names.index("timezone")])
        if name == "feedback":
            table = table.drop(["responded_at"])
        if name == "costs":  # came later
            continue
        text = io.BytesIO()
        flat = [
            pc.list_value_length(column) if pa.types.is_list(column.type) else column.cast(pa.string())
            for column in table.columns
        ]
        pa.csv.write_csv(pa.table(flat, table.column_names), text)
        found[name] = hashlib.sha256(text.getvalue()).hexdigest()[:16]
    assert found == FIRST


DRIFT = date(2025, 8, 1)


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    """A world where twice as many sign up from a day on, most of them of a new kind."""
    folder = tmp_path_factory.mktemp("newer")
    simulate(folder, USERS, world=World(drift_day=DRIFT, arrival_factor=2, newcomers=0.6))
    return {name: table.to_pandas() for name, table in read(folder).items()}


def test_more_sign_up_a_day_from_the_day_of_the_drift_on(newer):
    signup, drift = newer["users"].signup_time, pd.Timestamp(DRIFT, tz="UTC")
    before, after = ((signup >= drift - timedelta(150)) & (signup < drift)).sum(), (signup >= drift).sum()
    ratio, error = np.log(after / 153) - np.log(before / 150), np.sqrt(1 / before + 1 / after)
    assert abs(ratio - np.log(2)) < 3 * error


def test_newcomers_come_by_a_channel_of_their_own_and_only_from_their_day_on(newer):
    users, truth = newer["users"], newer["truth"]
    late = users.signup_time >= pd.Timestamp(DRIFT, tz="UTC")
    new = users.channel == story.NEW_CHANNEL
    assert not (new & ~late).any()
    assert abs(new[late].mean() - 0.6) < 3 * np.sqrt(0.24 / late.sum())
    others = truth[late & ~new & (truth.order_rate > 0)]
    assert truth[new & (truth.order_rate > 0)].hazard.mean() > 1.5 * others.hazard.mean()
    assert truth[new].mean_amount.mean() < 0.75 * others.mean_amount.mean()


def test_a_log_that_begins_late_knows_its_old_users_but_not_what_they_did(tmp_path):
    simulate(tmp_path, 2_000, days=100, world=World(days_before=200))
    frames, begun = {name: table.to_pandas() for name, table in read(tmp_path).items()}, UNTIL - timedelta(100)
    for name in (*ACTIVITY, "messages"):
        assert frames[name].time.min() >= begun, name
    old = frames["users"][frames["users"].signup_time < begun]
    assert 0.7 < len(old) / 2_000 < 0.85  # a third at once, the others evenly over 300 days
    assert old.user_id.isin(frames["orders"].user_id).mean() > 0.2
    assert pd.to_datetime(frames["truth"].contacts.explode(), utc=True).min() < begun  # the truth knows all


def test_a_drift_outside_the_logs_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(BadInput, match="2020-01-01 is not within the logs; take a day from 2025-09-24 to 2025-12-31"):
        simulate(tmp_path / "out", 10, days=100, world=World(drift_day=date(2020, 1, 1), hazard_factor=2))
    assert not (tmp_path / "out").exists()
