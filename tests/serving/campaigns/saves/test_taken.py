"""The next run takes what was verified where enough users told it, says so, and spends only where it is proven."""

import random

import pytest

from serving.campaigns.plan import plan
from serving.campaigns.saves.kept import write_save_rates
from serving.campaigns.saves.taken import ENOUGH, worth
from serving.campaigns.saves.taken import test_size as size_of_test
from tests.serving.campaigns.world import snapshot

TOML = """\
[contact]
global_holdout = 0
[contact.channels.email]
cost = 0.5
[[play]]
name = "p"
holdout = 0.5
all = ["value_at_stake >= 0"]
channels = ["email"]
cost = 1.5
budget = 100000
save_rate = 0.9
"""


def tier(rate, error, stakes, share=0.5):
    more = {"treated": 500, "holdout": 500, "rarer": 200.0}
    return {
        "rate": rate,
        "low": rate - 1.96 * error,
        "high": rate + 1.96 * error,
        "share": share,
        "stakes": stakes,
        **more,
    }


def entry(low=0.05, high=0.4, error=0.01, rarer=400.0, stakes=(10.0, 100.0)):
    tiers = {"low": tier(low, error, list(stakes)), "high": tier(high, error, list(stakes))}
    return {
        "campaigns": ["r1/p", "r2/p"],
        "until": "2026-02-01T00:00:00",
        "users": 2000,
        "treated": 1000,
        "holdout": 1000,
        "rarer": rarer,
        "rate": 0.2,
        "low": 0.15,
        "high": 0.25,
        "tiers": tiers,
    }


def verified(store, **plays):
    write_save_rates(store, plays)


@pytest.fixture
def tiered(shop):
    """A shop of 400 users: value at stake 0 to 99, tiers low, high, one that no trial had, and none."""

    def make(toml=TOML):
        made = shop(toml, 400)
        for place, row in enumerate(made.scored):
            row.update(value_at_stake=float(place // 4), stay_tier=("low", "high", "medium", None)[place % 4])
        return made

    return make


def test_gain_is_value_at_stake_times_the_rate_of_the_users_tier_less_the_cost(tiered, rows_of):
    shop = tiered()
    verified(shop.store, p=entry())
    run = shop.plan()
    rows = rows_of(run)
    for place, row in enumerate(shop.scored):
        rate, found = (0.05, 0.4, 0.2, 0.2)[place % 4], rows[row["user_id"]]
        gain = row["value_at_stake"] * rate - 2.0
        assert (found["reason"] == "not_worth_it") == (gain < 0)
        assert (found["arm"] in ("treatment", "holdout")) == (gain >= 0)
        if gain >= 0:
            assert found["gain"] == pytest.approx(gain)
    ranked = sorted((row["rank"], -row["gain"]) for row in rows.values() if row["arm"])
    assert [gain for _, gain in ranked] == sorted(gain for _, gain in ranked)
    told = run.report["plays"][0]
    assert sum(told["fates"].values()) == told["matched"] == 400
    assert told["rank"]["by"] == "gain" and told["rank"]["test"] is None
    for said in ("saves 20.0 %", "15.0 % to 25.0 %", "1,000 treated and 1,000 held out in 2 campaigns", "high 40.0 %"):
        assert said in told["rank"]["why"]["en"]
    assert run.manifest["save_rates"] == {"p": entry()}


def test_on_too_few_users_the_plays_own_rate_stands_and_the_report_says_so(tiered, rows_of):
    shop = tiered()
    verified(shop.store, p=entry(rarer=ENOUGH - 1.0))
    run = shop.plan()
    found = rows_of(run)[40]  # 10 at stake
    assert found["gain"] == pytest.approx(10 * 0.9 - 2)
    why = run.report["plays"][0]["rank"]["why"]["en"]
    assert "the play's save_rate" in why and "too few" in why and "99 of 100" in why


def test_what_is_not_proven_to_be_worth_its_cost_goes_on_as_a_test(tiered, rows_of):
    toml = TOML.replace("holdout = 0.5", "holdout = 0.3")
    shop = tiered(toml)
    verified(shop.store, p=entry(low=-0.3, high=0.03, error=0.05))
    run = shop.plan()
    told, rows = run.report["plays"][0], rows_of(run)
    treated = [row for row in rows.values() if row["arm"] == "treatment"]
    assert told["fates"]["treatment"] == len(treated) == told["rank"]["test"] == size_of_test(0.3) == 234
    assert told["fates"]["holdout"] > 60 and told["fates"]["not_worth_it"] == 0
    assert sum(told["fates"].values()) == told["matched"] == 400
    assert told["rank"]["by"] == "value_at_stake"
    assert told["rank"]["why"]["en"].startswith("not proven: all held back but a test of 234 users")
    over = [row["value_at_stake"] for row in rows.values() if row["reason"] == "over_budget"]
    assert over and max(over) <= min(row["value_at_stake"] for row in treated)


def test_money_is_spent_where_the_value_is_above_0_by_a_standard_error_and_what_costs_nothing_goes_on(tiered):
    shop = tiered()
    gain, error = worth(entry(), 2.0)
    assert gain == pytest.approx(0.25 * (100 * 0.05 - 2) + 0.25 * (10 * 0.4 - 2) + 0.25 * (100 * 0.4 - 2))
    assert error == pytest.approx(0.25 * (100 + 10 + 100) * 0.01, rel=1e-4)
    for day, (part, test) in enumerate(((0.999, None), (1.001, size_of_test(0.5)))):
        verified(shop.store, p=entry(error=0.01 * part * gain / error))
        assert shop.plan(day=day).report["plays"][0]["rank"]["test"] == test
    free = tiered(TOML.replace("cost = 1.5\nbudget = 100000\n", "").replace("cost = 0.5\n", ""))
    verified(free.store, p=entry(low=0.001, high=0.001, error=0.3))
    assert free.plan().report["plays"][0]["rank"]["test"] is None


@pytest.fixture
def again():
    """again(shop): plans it whenever it is called, over the same tables and the same snapshot."""

    def make(shop, digits=0):
        base, scored = shop.base, snapshot(shop.config, shop.scored, digits=digits)
        return lambda: plan(base, scored, "ann")

    return make


def test_a_run_is_named_by_the_rates_it_took_and_by_no_others(tiered, again):
    shop = tiered()
    planned = again(shop)
    bare = planned().name
    verified(shop.store, gone=entry())
    assert planned().name == bare  # a play that is no more
    verified(shop.store, p=entry())
    taken = planned().name
    assert taken != bare
    verified(shop.store, p=entry(), gone=entry())
    assert planned().name == taken
    verified(shop.store, p=entry(high=0.41))
    assert planned().name not in (bare, taken)


def test_a_play_that_says_its_rank_takes_nothing_that_was_verified(tiered, again):
    shop = tiered(TOML + 'rank = "value_at_stake"\n')
    planned = again(shop)
    bare = planned().name
    verified(shop.store, p=entry())
    run = planned()
    assert run.name == bare and run.manifest["save_rates"] == {}


def test_a_killed_run_goes_on_to_the_same_bytes_with_the_rates_it_began_with(tiered, again, monkeypatch):
    shop, other = tiered(), tiered()
    one_run, other_run = again(shop, 1), again(other, 1)
    for one in (shop, other):
        verified(one.store, p=entry())
    whole = one_run()

    class Killed(Exception):
        pass

    def die(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("serving.campaigns.plan.rank", die)
        with pytest.raises(Killed):
            other_run()
    went_on = other_run()
    assert went_on.name == whole.name
    assert [file.read_bytes() for file in went_on.files] == [file.read_bytes() for file in whole.files]
    assert went_on.report == whole.report


@pytest.mark.parametrize(("holdout", "size"), [(0.5, 100), (0.1, 900), (0.05, 1900), (0.9, 100), (0, 100)])
def test_a_test_has_a_hundred_users_in_either_arm(holdout, size):
    assert size_of_test(holdout) == pytest.approx(size, abs=1)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_verified_every_matched_user_has_one_fate(shop, rows_of, seed):
    rng = random.Random(seed)
    plays = "".join(
        f'[[play]]\nname = "p{n}"\nholdout = {rng.choice([0.1, 0.5])}\n'
        f'all = ["value_at_stake >= {rng.randint(0, 20)}"]\n'
        f'channels = ["email"]\ncost = {rng.choice([0.5, 3.0])}\nbudget = {rng.choice([20, 1000])}\n'
        f'rank = "{rng.choice(["auto", "uplift", "churn_risk"])}"\n'
        for n in range(4)
    )
    made = shop("[contact]\nglobal_holdout = 0.1\n[contact.channels.email]\ncost = 0.1\n" + plays, 300)
    for row in made.scored:
        row.update(value_at_stake=rng.uniform(0, 60), stay_tier=rng.choice(["low", "high", "none", None]))
    rates = {f"p{n}": entry(rng.uniform(-0.2, 0.4), rng.uniform(-0.2, 0.4), rng.choice([0.01, 0.3])) for n in range(4)}
    verified(made.store, **rates)
    run = made.plan()
    rows = rows_of(run).values()
    assert all((row["arm"] is None) != (row["reason"] is None) for row in rows)
    for number, one in enumerate(run.report["plays"]):
        matched = sum(row["plays_matched"] >> number & 1 for row in rows)
        assert matched == one["matched"] == sum(one["fates"].values()) > 0
        assert one["rank"]["test"] is None or one["fates"]["treatment"] <= one["rank"]["test"]
