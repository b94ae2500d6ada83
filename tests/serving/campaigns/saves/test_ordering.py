"""A run goes by the uplift that was verified: it orders by it, leaves out whom it does not pay for, and says why."""

from dataclasses import replace

import pytest

from serving.campaigns.saves.kept import write_save_rates
from serving.campaigns.saves.ordering import for_anybody, key, key_sql
from serving.campaigns.saves.taken import TELLS, asks, with_saves
from tests.serving.campaigns.saves.test_taken import TOML, entry
from training.verification.uplift import Design, Predictor

THERE = ("churn_risk", "value_if_stays", "value_at_stake", "stage", "channel")
DESIGN = Design(("churn_risk", "channel=ads"), (), (0.5, 0.5), (0.25, 0.5), ())  # a unit of z is .25 and .5
PREDICTOR = Predictor(DESIGN, (0.1, 0.0, 0.1), (0.6, 0.1, 0.0))  # uplift .2 of those from ads, 0 of the others


def learned(**more):
    told = {
        "ranking": "uplift",
        "spend": True,
        "why": "WHY",
        "users": TELLS,
        "cost": 2.0,
        "predictor": PREDICTOR.plain(),
    }
    return entry() | {"uplift": told | more}


def taken(config, one, **setting):
    """The play with what was verified of it."""
    playbook = config.playbook
    (play,) = playbook.plays
    play = replace(play, setting=play.setting.model_copy(update=setting))
    return with_saves(replace(playbook, plays=(play,)), {"p": one}, THERE)


def test_who_gains_comes_first_by_uplift_times_value_and_who_gains_nothing_is_not_worth_it(shop, rows_of):
    one = shop(TOML, 100)
    for place, row in enumerate(one.scored):
        row.update(churn_risk=0.5, value_if_stays=float(place), value_at_stake=place / 2, stay_tier="high")
    one.users = [row | {"channel": ("ads", "web")[place % 2]} for place, row in enumerate(one.users)]
    before = one.plan()
    write_save_rates(one.store, {"p": learned()})
    run = one.plan()
    rows, told = rows_of(run), run.report["plays"][0]
    assert run.name != before.name and run.manifest["save_rates"]["p"]["uplift"]["users"] == TELLS
    for place, row in enumerate(one.scored):
        gain, found = place * 0.2 * (place % 2 == 0) - 2, rows[row["user_id"]]
        assert found["reason"] == ("not_worth_it" if gain < 0 else None)
        if gain >= 0:
            assert (found["gain"], found["channel"], found["cost"]) == (pytest.approx(gain), "email", 2.0)
    in_order = sorted((row["rank"], row["gain"]) for row in rows.values() if row["arm"])
    assert [gain for _, gain in in_order] == sorted((gain for _, gain in in_order), reverse=True)
    assert told["rank"]["by"] == "uplift" and told["rank"]["test"] is None
    assert told["rank"]["why"]["en"].startswith("uplift by user, learned from 2,000 users of its trials: WHY")


@pytest.mark.parametrize(
    ("more", "setting", "by", "said"),
    [
        ({}, {}, "uplift", "uplift by user, learned from 2,000"),
        ({"users": TELLS - 1}, {}, "gain", "1,999 users tell it, auto takes it from 2,000 on"),
        ({"users": TELLS - 1}, {"rank": "uplift"}, "uplift", "learned from 1,999"),
        ({"cost": 1.0}, {}, "gain", "weighed at a cost of 1, now it is 2; 'holdfast verify' weighs it anew"),
        ({"spend": False}, {}, "value_at_stake", "not proven: all held back but a test of 100 users"),
        ({"ranking": "response"}, {}, "response", "WHY"),
        ({"ranking": "risk"}, {}, "risk", "WHY"),
        ({"ranking": "random"}, {}, "random", "WHY"),
    ],
)
def test_which_ranking_is_taken_and_why_is_said(shop, more, setting, by, said):
    book = taken(shop(TOML, 2).config, learned(**more), **setting)
    (play,) = book.plays
    assert key(play)[0] == by and said in key(play)[1].en
    assert (play.saves.test is None) == (by != "value_at_stake")
    columns = {"uplift": "gain", "risk": "value_at_stake", "response": "response_0", "random": "bucket"}
    assert key_sql(play) == columns.get(by, by)
    assert for_anybody([play]) == ([0] if by in ("response", "risk", "random") else [])
    assert asks(book) == (("value_if_stays", "churn_risk", "channel") if play.saves.uplift else ())


def test_an_uplift_of_what_is_not_there_or_that_could_not_be_learned_gives_way_to_save_rates(shop):
    config = shop(TOML, 2).config
    other = replace(PREDICTOR, design=replace(DESIGN, names=("churn_risk", "region=north")))
    (play,) = taken(config, learned(predictor=other.plain())).plays
    assert key(play)[0] == "gain" and "it asks for region, which is not there" in play.saves.why.en
    (play,) = taken(config, entry() | {"uplift": {"why": "20 users in holdout"}}).plays
    assert key(play)[0] == "gain" and "no uplift by user: 20 users in holdout" in play.saves.why.en
