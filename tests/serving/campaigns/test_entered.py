"""Plays that take only who entered."""

import pytest

from features.errors import BadInput
from serving.campaigns.entered import met_before
from serving.campaigns.receipts import cancel
from tests.serving.campaigns.world import AS_OF

TOML = """
[contact]
global_holdout = 0
[contact.channels.email]
[[play]]
name = "all"
all = ["churn_risk >= 0.9"]
channels = ["email"]
[[play]]
name = "back"
all = ["stage == 'lapsed_1'"]
entered = true
channels = ["email"]
"""


def matched(run):
    return {one["name"]: one["matched"] for one in run.report["plays"]}["back"]


def test_who_stays_is_taken_once_and_again_only_after_having_left(shop):
    one = shop(TOML, users=30)
    lapsed = [row | {"stage": "lapsed_1"} for row in one.scored]
    counts = []
    for day, scored in enumerate([lapsed, lapsed, lapsed, lapsed[:10] + one.scored[10:], lapsed, lapsed]):
        one.scored = scored
        counts.append(matched(one.approved(day=day)))
    assert counts == [30, 0, 0, 0, 20, 0]


def test_a_draft_and_a_cancelled_run_wrote_to_nobody_and_are_no_run_before(shop):
    one = shop(TOML, users=20)
    one.scored = [row | {"stage": "lapsed_1"} for row in one.scored]
    draft = one.plan(0)
    second = one.approved(day=1)
    assert matched(draft) == matched(second) == 20
    third = one.plan(2)
    assert matched(third) == 0 and third.manifest["before"] == second.name
    cancel(second, "bob", AS_OF)
    assert matched(one.plan(2)) == 20


def test_a_play_that_is_new_takes_everybody_as_entered(shop):
    one = shop(TOML.replace("stage == 'lapsed_1'", "value_at_stake >= 0").replace('"back"', '"old"'), users=5)
    one.approved()
    one.toml = TOML.replace("stage == 'lapsed_1'", "value_at_stake >= 0")
    assert matched(one.plan(1)) == 5


def test_plays_that_change_places_keep_who_was_there(shop):
    one = shop(TOML, users=5)
    one.scored = [row | {"stage": "lapsed_1"} for row in one.scored]
    assert matched(one.approved()) == 5
    head, first, second = one.toml.split("[[play]]")
    one.toml = "[[play]]".join([head, second, first])
    assert matched(one.plan(1)) == 0


def test_a_changed_file_of_who_stayed_is_refused(shop):
    one = shop(TOML, users=5)
    one.scored = [row | {"stage": "lapsed_1"} for row in one.scored]
    one.approved()
    run = one.approved(day=1)
    (file,) = run.stayed
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match="stayed/part-all.parquet: damaged"):
        one.plan(2)


def test_without_a_run_before_or_such_a_play_nothing_is_looked_up(shop):
    one = shop(TOML, users=3)
    run, plays = one.plan(0), one.config.playbook.plays
    base = one.base
    assert met_before(base.con, None, plays) is None
    assert met_before(base.con, run, plays[:1]) is None
    assert met_before(base.con, run, plays).num_rows == 0


def test_a_run_of_other_plays_makes_nobody_of_an_entered_play_new(shop):
    one = shop(TWO, users=4)
    first = one.approved(day=0)
    one.toml = TWO.replace('name = "p"\nentered = true', 'name = "q"')
    one.approved(day=1)
    one.toml = TWO
    assert one.plan(day=2).manifest["before"] == first.name


TWO = """[contact]
global_holdout = 0
cooldown_days = 0
[contact.channels.email]
[[play]]
name = "p"
entered = true
all = ["value_at_stake >= 0"]
channels = ["email"]
"""
