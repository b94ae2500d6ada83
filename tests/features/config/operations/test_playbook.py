"""The playbook: names are told once, circles and plays that nobody can match are refused, with file and key."""

import pytest

from features.config.rules import Comparison, Rule
from features.errors import BadInput

BASE = """\
[tables.orders]
path = "orders.csv"
[tables.points]
path = "points.csv"
[contact]
cooldown_days = 14
[contact.channels.email]
[contact.channels.sms]
cost = 0.05
"""
CORE = "[[segment]]\nname = \"core\"\nall = [\"stage in ('loyal', 'active')\"]\n"
TAG = '[[tag]]\nname = "value:high"\nsegment = "core"\n'
GOLD = '[[level]]\nname = "gold"\nleast = 2000\nmeasure = "points_earned_365d"\n'


def play(name="care", *lines, channels="['email']"):
    return f'[[play]]\nname = "{name}"\nchannels = {channels}\n' + "".join(f"{line}\n" for line in lines)


def test_plays_stand_by_priority_with_their_rules_channels_and_cooldowns(shop):
    segment, own = 'segment = "core"', "cooldown_days = 60"
    text = BASE + CORE + play("first", segment, "all = ['churn_risk > 0.5']", channels="['sms', 'email']")
    first, second = shop(text + play("second", own)).playbook.plays
    assert (first.number, first.name, list(first.channels), first.cooldown) == (0, "first", ["sms", "email"], 14)
    assert first.rule == Rule((Comparison("segment:core", "==", True), Comparison("churn_risk", ">", 0.5)))
    assert first.channels["sms"].cost == 0.05
    assert (second.number, second.rule, second.cooldown) == (1, Rule(), 60)


def test_what_its_rules_look_at_is_told_once_with_segments_and_tags_resolved(shop):
    rules = "all = ['tag:value:high == true', 'order_count_45d >= 1', 'churn_risk > 0.5']"
    book = shop(BASE + CORE + TAG + play("care", rules) + play("other", "all = ['order_count_45d >= 2']")).playbook
    assert book.names() == ["stage", "order_count_45d", "churn_risk"]
    assert book.names(plays=False) == ["stage"]
    assert book.features == ["order_count_45d"]
    assert book.tags == {"value:high": Rule((Comparison("segment:core", "==", True),))}


def test_a_configuration_without_plays_has_an_empty_playbook(shop):
    book = shop(BASE).playbook
    assert (book.plays, book.segments, book.tags, book.features) == ((), {}, {}, [])


def test_a_copy_with_other_plays_has_another_playbook(shop):
    config = shop(BASE + play())
    assert len(config.playbook.plays) == 1
    assert config.model_copy(update={"play": []}).playbook.plays == ()


def test_a_play_may_move_users_from_stage_to_stage(shop):
    assert shop(BASE + play("back", "goal = 'lapsed_1 -> active'")).playbook.plays[0].setting.goal


SEGMENTS = (
    '[[segment]]\nname = "a"\nall = ["segment:b == true"]\n[[segment]]\nname = "b"\nall = ["segment:a == true"]\n'
)
VIA_TAG = '[[segment]]\nname = "core"\nall = ["tag:t == true"]\n[[tag]]\nname = "t"\nsegment = "core"\n'
WRONG = {
    "two plays of a name": (play() + play(), "play[1].name: 'care' stands twice; name each once"),
    "two segments of a name": (CORE + CORE, "segment[1].name: 'core' stands twice"),
    "an unknown segment": (play("care", 'segment = "kore"'), "play[0].segment: no [[segment]] named 'kore'"),
    "a tag without its segment": (TAG, "tag[0].segment: no [[segment]] named 'core'"),
    "an unknown channel": (
        play(channels="['emial']"),
        "play[0].channels[0]: no [contact.channels.emial]; did you mean 'email'?",
    ),
    "an offer of another table": (
        play("care", 'offer = "orders.code"'),
        "play[0].offer: 'orders.code' is no column of",
    ),
    "an unknown goal": (play("care", 'goal = "joy"'), "play[0].goal: 'joy' is not churn, value, or a move such as"),
    "a move to no stage": (play("care", 'goal = "lapsed_1 -> gone"'), "play[0].goal: no stage 'gone'"),
    "a circle": (SEGMENTS, "segment[0]: it goes in a circle: a → b → a; take one of them out"),
    "a circle by a tag": (VIA_TAG, "segment[0]: it goes in a circle: core → tag:t → core"),
    "a segment of nobody": (
        CORE.replace("all = [", "all = [\"stage == 'new'\", "),
        "segment[0]: nobody can be in it: ",
    ),
    "a play of nobody": (
        play("care", "all = ['churn_risk > 0.5', 'churn_risk < 0.2']"),
        "play[0]: nothing can match 'care': ",
    ),
    "a play that its segment contradicts": (
        CORE + play("care", 'segment = "core"', "all = [\"stage == 'new'\"]"),
        "play[0]: nothing can match 'care': ",
    ),
    "levels that do not rise": (GOLD + GOLD.replace("gold", "top"), "level[1].least: 2000 does not rise; sort levels"),
    "levels of two measures": (
        GOLD + GOLD.replace("gold", "top").replace("points_earned", "order_amount").replace("2000", "3000"),
        "level[1].measure: another than level[0]'s; one measure makes the ladder",
    ),
    "a level of no feature": (GOLD.replace("_earned_", "_eaten_"), "level[0].measure: no feature 'points_eaten_365d'"),
    "a level of a text": (
        GOLD.replace("points_earned_365d", "plan"),
        "level[0].measure: 'plan' is a text; name a number",
    ),
    "a level that there is not": (play("care", "all = [\"level == 'gold'\"]"), "play[0].all[0]: no feature 'level'"),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_is_told_with_file_and_key(shop, text, says):
    with pytest.raises(BadInput) as caught:
        shop(BASE + text)
    assert f"holdfast.toml: {says}" in str(caught.value) and "\n" not in str(caught.value)
