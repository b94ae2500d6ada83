from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from features.simulate import World, simulate
from features.simulation import story
from features.simulation.story import CONTACT_DAYS, CONTACTED
from features.simulation.truth import churn_probability, expected_value
from features.simulation.world import TIME, WEEKDAY


@pytest.fixture(scope="module")
def base(simulated):
    return simulated[1]


@pytest.fixture(scope="module")
def frames(base):
    return {name: base[name].to_pandas() for name in ("orders", "truth")}


@pytest.fixture(scope="module")
def truth(frames):
    return frames["truth"].set_index("user_id")


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


def person(**known):
    """One user with a hazard, and an effect of contacts, far stronger than the simulation's: no slip can hide."""
    user = dict(user_id=1, signup_time=CAMPAIGN - timedelta(days=99), contacts=[], complaints=[], resolved=[])
    user |= dict(order_rate=0.03, visit_rate=0.0, mean_amount=1.0, hazard=0.06, contact_effect=0.1)
    user |= dict(cooling_at=None, left_at=None, reachable_until=None) | known
    lists = {name: pa.list_(TIME) for name in ("contacts", "complaints", "resolved")}
    times = {name: TIME for name in user if name.endswith(("_at", "_time", "_until"))}
    return pa.table({name: pa.array([value], (lists | times).get(name)) for name, value in user.items()})


STATES = {"well": {}, "cooling": {"cooling_at": CAMPAIGN}, "unreachable": {"reachable_until": CAMPAIGN}}
STATES |= {"contacted": {"contacts": [CAMPAIGN]}}
STATES |= {"complaining": {"complaints": [CAMPAIGN], "resolved": [CAMPAIGN + timedelta(days=4)]}}
STATES |= {"everything": {name: time for state in STATES.values() for name, time in state.items()}}


DISTURBED = {"quiet": {}, "christmas": {"season": "christmas:0.6"}}
DISTURBED |= {"drift": {"drift_at": CAMPAIGN + timedelta(days=30, hours=-9), "hazard_factor": 3.0}}
DISTURBED |= {"drifted": {"drift_at": CAMPAIGN - timedelta(days=50, hours=9), "hazard_factor": 0.4}}
DISTURBED |= {"lift": {"contact_orders": 4.0}, "dog": {"contact_orders": 0.2, "contact_effect": 3.0}}
DISTURBED |= {"all": {name: value for one in DISTURBED.values() for name, value in one.items()}}
CASES = [(state, {}) for state in STATES.values()] + [({}, one) for one in DISTURBED.values()]
CASES += [(STATES["contacted"], DISTURBED["lift"]), (STATES["everything"], DISTURBED["all"])]


def acted_out(state, disturbed, as_of, horizon, paths, contact=None):
    """The story, told a second time as plainly as can be: orders of so many paths of one user's life from `as_of`."""
    known, since = {"hazard_factor": 1.0, "contact_orders": 1.0, "contact_effect": 0.1} | disturbed, CAMPAIGN.date()
    shape, strength = known.get("season", "sine:0.2").split(":")
    rng, never, orders = np.random.default_rng(3), np.zeros(paths, dtype=bool), np.zeros(paths)
    cools, complains, reachable = never | ("cooling_at" in state), never | ("resolved" in state), ~never
    reachable &= "reachable_until" not in state
    gone, day0 = never.copy(), (as_of - since).days
    contact_ends = np.full(paths, (CONTACT_DAYS - day0) * ("contacts" in state))
    for ahead in range(horizon):
        complains = np.where(complains, rng.random(paths) >= story.RESOLVE, rng.random(paths) < story.COMPLAIN)
        if (ahead + day0) % story.CAMPAIGN_GAP == 0:
            drawn = rng.random(paths) < CONTACTED
            sent = reachable & (drawn if contact is None or ahead else contact)
            contact_ends[sent] = ahead + CONTACT_DAYS
            reachable &= ~(sent & (rng.random(paths) < story.OPT_OUT))
        day = as_of + timedelta(days=ahead)
        near = min(((day - date(year, 12, 16)).days for year in range(day.year - 1, day.year + 2)), key=abs)
        wave = np.cos(2 * np.pi * (day - date(1970, 12, 16)).days / 365.25)
        if shape == "christmas":
            wave = (np.exp(-(near**2) / 800) - np.exp(-((near - 50) ** 2) / 800)) / 0.9639
        rate = 0.03 * (1 + float(strength) * wave) * WEEKDAY[day.weekday()]
        touched = ahead < contact_ends
        rate = rate * np.where(touched, known["contact_orders"], 1)
        orders += rng.poisson(rate * np.where(gone, 0, np.where(cools, story.COOLED, 1)))
        speed = np.where(complains, story.COMPLAINT_EFFECT, 1) * np.where(touched, known["contact_effect"], 1)
        if "drift_at" in known and day >= known["drift_at"].date():
            speed = speed * known["hazard_factor"]
        gone |= cools & (rng.random(paths) < 1 - np.exp(-story.LEAVE * speed))
        cools |= rng.random(paths) < 1 - np.exp(-0.06 * speed)
    return orders


def agree(orders, user, as_of, horizon, contact=None):
    chance = churn_probability(user, as_of, horizon, contact)[0]
    assert abs((orders == 0).mean() - chance) < 3.5 * np.sqrt(chance * (1 - chance) / orders.size)
    value = expected_value(user, as_of, horizon, contact)[0] / user["mean_amount"][0].as_py()
    assert abs(orders.mean() - value) < 3.5 * orders.std() / np.sqrt(orders.size)


@pytest.mark.parametrize(("state", "disturbed"), CASES)
def test_the_truth_is_that_of_the_story_acted_out_day_by_day(state, disturbed, monkeypatch):
    monkeypatch.setattr(story, "OPT_OUT", 0.9)
    as_of = CAMPAIGN.date() + timedelta(days=4)
    orders = acted_out(state, disturbed, as_of, 75, 100_000)
    agree(orders, person(mean_amount=7.0, **disturbed, **state), as_of, 75)


@pytest.mark.parametrize("contact", [True, False])
def test_the_truth_with_and_without_a_contact_is_that_of_the_story_acted_out(contact, monkeypatch):
    monkeypatch.setattr(story, "OPT_OUT", 0.3)
    as_of, lift = CAMPAIGN.date(), DISTURBED["lift"]
    agree(acted_out({}, lift, as_of, 40, 200_000, contact), person(**lift), as_of, 40, contact)


def test_who_cannot_be_reached_gains_nothing_by_a_contact_and_only_campaign_days_have_one():
    as_of, user = CAMPAIGN.date(), person(reachable_until=CAMPAIGN - timedelta(days=1), contact_orders=4.0)
    assert churn_probability(user, as_of, 30, contact=True) == churn_probability(user, as_of, 30, contact=False)
    with pytest.raises(BadInput, match=f"has no campaign to be contacted by; the one before is on {as_of}"):
        churn_probability(user, as_of + timedelta(days=3), 30, contact=True)


def test_the_true_probability_knows_neither_what_is_over_nor_what_is_to_come(base):
    days = {n: CAMPAIGN + timedelta(days=n) for n in (0, 8, 20, 21, 22)}  # at 9 o'clock; 0 and 21 have campaigns
    lists = dict(contacts=[days[0], days[21]], complaints=[days[8], days[21]], resolved=[days[20], days[22]])
    ahead = dict(cooling_at=days[21], left_at=days[22], reachable_until=days[21])
    as_of = days[21].date()
    assert churn_probability(person(**lists, **ahead), as_of, 30) == churn_probability(person(), as_of, 30)


def test_who_left_or_never_acts_is_sure_to_churn_and_who_signs_up_later_is_unknown(base, truth):
    start, chance = pd.Timestamp("2025-09-08", tz="UTC"), churn_probability(base["truth"], date(2025, 9, 8), 30)
    value = expected_value(base["truth"], date(2025, 9, 8), 30)
    later = (truth.signup_time >= start).to_numpy()
    gone = ((truth.left_at <= start) | (truth.order_rate == 0)).to_numpy()
    assert (np.isnan(chance) == later).all()
    assert ((chance[~later] == 1) == gone[~later]).all()
    assert (np.isnan(value) == later).all() and ((value[~later] == 0) == gone[~later]).all()


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


DRIFT = date(2025, 6, 5)
WORLDS = {
    "christmas": World("christmas:0.6"),
    "twice": World(drift_day=DRIFT, hazard_factor=2),
    "half": World(drift_day=DRIFT, hazard_factor=0.5),
    "newcomers": World(drift_day=DRIFT, newcomers=0.7, arrival_factor=2),
    "contacts": World(contact_effects=True, days_before=200),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_truth_of_a_disturbed_world_matches_what_its_logs_say_came(world, tmp_path):
    simulate(tmp_path, 20_000, days=400, seed=4, world=world)
    truth, orders = pq.read_table(tmp_path / "truth"), pq.read_table(tmp_path / "orders").to_pandas()
    for as_of in (date(2025, 8, 5), date(2025, 11, 25)):
        start = pd.Timestamp(as_of, tz="UTC")
        chance, value = churn_probability(truth, as_of, 30), expected_value(truth, as_of, 30)
        here = (chance < 1) & ~np.isnan(chance)
        came = orders[(orders.time >= start) & (orders.time < start + timedelta(days=30))].groupby("user_id").amount
        sums = came.sum().reindex(truth["user_id"].to_numpy(), fill_value=0).to_numpy()[here]
        chance, value = chance[here], value[here]
        for part in (np.arange(chance.size), *np.array_split(np.argsort(chance), 5)):
            spread = np.sqrt((chance[part] * (1 - chance[part])).sum())
            assert abs((sums[part] == 0).sum() - chance[part].sum()) <= 3.5 * spread
        off = sums - value
        assert abs(off.mean()) < 3.5 * off.std() / np.sqrt(off.size)
