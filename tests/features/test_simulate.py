from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import simulate as story
from features.errors import BadInput
from features.simulate import CONTACT_DAYS, CONTACTED, TABLES, churn_probability, simulate

USERS, UNTIL = 20_000, pd.Timestamp("2026-01-01", tz="UTC")
ACTIVITY = ("orders", "events", "points", "feedback")
TYPES = {"timestamp[us, tz=UTC]": "time", "int64": "int", "date32[day]": "date"}
CONTRACT = {  # ? = has nulls
    "orders": "user_id:int time:time order_id:int amount:double items:int discount:double channel:string",
    "events": "user_id:int time:time event:string session_id:int value:double? item:int?",
    "users": "user_id:int signup_time:time channel:string plan:string region:string "
    "consent_marketing:bool birthday:date?",
    "messages": "user_id:int time:time channel:string campaign_id:string "
    "opened_at:time? clicked_at:time? opted_out_at:time?",
    "points": "user_id:int time:time kind:string points:int task:string?",
    "feedback": "user_id:int time:time kind:string score:double? resolved_at:time?",
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
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    return simulate(folder, USERS), read(folder)


@pytest.fixture(scope="module")
def base(written):
    return written[1]


@pytest.fixture(scope="module")
def frames(base):
    return {name: table.to_pandas() for name, table in base.items()}


@pytest.fixture(scope="module")
def truth(frames):
    return frames["truth"].set_index("user_id")


def test_columns_types_and_nulls_are_the_contract(base):
    assert {name: columns(table) for name, table in base.items()} == CONTRACT


def test_counts_are_those_of_the_files_and_of_a_demo_s_size(written):
    rows, base = written
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
    assert (points.task.notna() == (points.kind == "claimed")).all()


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


def outcome(frames, as_of, horizon):
    """Whether each user of the truth places no order in [as_of, as_of + horizon days)."""
    orders, start = frames["orders"], pd.Timestamp(as_of, tz="UTC")
    ahead = orders.user_id[(orders.time >= start) & (orders.time < start + timedelta(days=horizon))]
    return ~frames["truth"].user_id.isin(ahead).to_numpy()


@pytest.mark.parametrize("silence", [None, 60], ids=["present", "eligible"])
@pytest.mark.parametrize(("month", "day", "horizon"), [(3, 11, 14), (6, 12, 60), (9, 8, 30), (12, 2, 30)])
def test_the_true_probability_matches_what_happened_also_by_decile(base, frames, truth, month, day, horizon, silence):
    as_of, start = date(2025, month, day), pd.Timestamp(2025, month, day, tz="UTC")
    here = (truth.signup_time < start) & ~(truth.left_at <= start) & (truth.order_rate > 0)
    if silence:  # whoever left within these days is among the eligible, with a probability of 1
        times = frames["orders"].time
        here = truth.index.isin(frames["orders"].user_id[(times < start) & (times >= start - timedelta(days=silence))])
    chance, churned = churn_probability(base["truth"], as_of, horizon)[here], outcome(frames, as_of, horizon)[here]
    for part in (np.arange(chance.size), *np.array_split(np.argsort(chance), 10)):
        spread = np.sqrt((chance[part] * (1 - chance[part])).sum())
        assert abs(churned[part].sum() - chance[part].sum()) <= 3 * spread


CAMPAIGN = datetime(1970, 1, 1, 9, tzinfo=UTC) + timedelta(days=story.CAMPAIGN_GAP * 960)


def person(base, **known):
    """One user with a hazard, and an effect of contacts, far stronger than the simulation's: no slip can hide."""
    user = dict(user_id=1, signup_time=CAMPAIGN - timedelta(days=99), contacts=[], complaints=[], resolved=[])
    user |= dict(order_rate=0.03, visit_rate=0.0, mean_amount=1.0, hazard=0.06, contact_effect=0.1)
    return pa.Table.from_pylist([user | known], schema=base["truth"].schema)


STATES = {"well": {}, "cooling": {"cooling_at": CAMPAIGN}, "unreachable": {"reachable_until": CAMPAIGN}}
STATES |= {"contacted": {"contacts": [CAMPAIGN]}}
STATES |= {"complaining": {"complaints": [CAMPAIGN], "resolved": [CAMPAIGN + timedelta(days=4)]}}
STATES |= {"everything": {name: time for state in STATES.values() for name, time in state.items()}}


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_the_true_probability_is_that_of_the_story_acted_out_day_by_day(base, state, monkeypatch):
    monkeypatch.setattr(story, "OPT_OUT", 0.9)
    as_of, horizon, paths = CAMPAIGN.date() + timedelta(days=4), 75, 100_000
    expected = churn_probability(person(base, **state), as_of, horizon)[0]
    rng, never = np.random.default_rng(3), np.zeros(paths, dtype=bool)
    cools, complains, reachable = never | ("cooling_at" in state), never | ("resolved" in state), ~never
    reachable &= "reachable_until" not in state
    contact_ends, gone, ordered = np.full(paths, (CONTACT_DAYS - 4) * ("contacts" in state)), never.copy(), never.copy()
    for ahead in range(horizon):
        complains = np.where(complains, rng.random(paths) >= story.RESOLVE, rng.random(paths) < story.COMPLAIN)
        if (ahead + 4) % story.CAMPAIGN_GAP == 0:
            sent = reachable & (rng.random(paths) < CONTACTED)
            contact_ends[sent] = ahead + CONTACT_DAYS
            reachable &= ~(sent & (rng.random(paths) < story.OPT_OUT))
        day = as_of + timedelta(days=ahead)
        season = 1 + 0.2 * np.cos(2 * np.pi * (day - date(1970, 12, 16)).days / 365.25)
        rate = 0.03 * season * story.WEEKDAY[day.weekday()]
        ordered |= rng.poisson(rate * np.where(gone, 0, np.where(cools, story.COOLED, 1))) > 0
        speed = np.where(complains, story.COMPLAINT_EFFECT, 1) * np.where(ahead < contact_ends, 0.1, 1)
        gone |= cools & (rng.random(paths) < 1 - np.exp(-story.LEAVE * speed))
        cools |= rng.random(paths) < 1 - np.exp(-0.06 * speed)
    assert abs((~ordered).mean() - expected) < 3 * np.sqrt(expected * (1 - expected) / paths)


def test_the_true_probability_knows_neither_what_is_over_nor_what_is_to_come(base):
    days = {n: CAMPAIGN + timedelta(days=n) for n in (0, 8, 20, 21, 22)}  # at 9 o'clock; 0 and 21 have campaigns
    lists = dict(contacts=[days[0], days[21]], complaints=[days[8], days[21]], resolved=[days[20], days[22]])
    ahead = dict(cooling_at=days[21], left_at=days[22], reachable_until=days[21])
    as_of = days[21].date()
    assert churn_probability(person(base, **lists, **ahead), as_of, 30) == churn_probability(person(base), as_of, 30)


def test_who_left_or_never_acts_is_sure_to_churn_and_who_signs_up_later_is_unknown(base, truth):
    start, chance = pd.Timestamp("2025-09-08", tz="UTC"), churn_probability(base["truth"], date(2025, 9, 8), 30)
    later = (truth.signup_time >= start).to_numpy()
    gone = ((truth.left_at <= start) | (truth.order_rate == 0)).to_numpy()
    assert (np.isnan(chance) == later).all()
    assert ((chance[~later] == 1) == gone[~later]).all()


def test_the_true_probability_needs_a_midnight(base):
    truth, midnight = base["truth"].slice(0, 10), datetime(2025, 12, 1, tzinfo=UTC)
    with pytest.raises(BadInput, match="no midnight UTC"):
        churn_probability(truth, midnight + timedelta(hours=9), 7)
    chances = (churn_probability(truth, moment, 7) for moment in (midnight, midnight.date()))
    assert np.array_equal(*chances, equal_nan=True)


def test_churn_is_neither_rare_nor_certain_nor_easy_nor_hopeless_to_foresee(base, frames, truth):
    as_of, orders = pd.Timestamp("2025-12-02", tz="UTC"), frames["orders"]
    idle = (as_of - orders[orders.time < as_of].groupby("user_id").time.max()).dt.days.reindex(truth.index)
    eligible = (idle < 60).to_numpy()
    churned = outcome(frames, as_of.date(), 30)[eligible]
    assert 0.25 < churned.mean() < 0.6
    best = pd.Series(churn_probability(base["truth"], as_of, 30))
    for score, low, high in ((idle, 0.6, 0.75), (best, 0.82, 0.92)):  # the simplest rule, and the best there can be
        rank = score[eligible].rank().to_numpy()
        assert low < (rank[churned].mean() - (churned.sum() + 1) / 2) / (~churned).sum() < high  # the ROC curve's area
