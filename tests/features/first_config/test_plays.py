"""The blocks of a first playbook: twelve plays, each told in both languages, and what a block needs has a reason."""

import tomllib

import pytest

from features.first_config.plays import GROUPS, NEEDS, PLAYS


def settings(block):
    (found,) = tomllib.loads(block.lines.format(best="high")).items()
    return found


def test_there_are_twelve_plays_with_a_name_each_and_names_in_both_languages():
    plays = [settings(one)[1][0] for one in PLAYS]
    assert len({one["name"] for one in plays}) == 12
    for one in plays:
        assert one["en"].isascii() and not one["zh"].isascii()


@pytest.mark.parametrize("block", PLAYS, ids=lambda one: one.en.partition(":")[0])
def test_every_play_says_what_it_is_for_in_a_line_of_each_language(block):
    assert block.en.isascii() and not block.zh.isascii()
    assert "\n" not in block.en + block.zh


def test_a_block_is_one_section_and_needs_what_a_reason_is_told_for():
    assert {settings(one)[0] for one in GROUPS} == {"segment", "tag", "calendar", "points", "level"}
    assert {settings(one)[0] for one in PLAYS} == {"play"}
    assert {need for one in (*GROUPS, *PLAYS) for need in one.needs} == set(NEEDS)


def test_what_costs_has_a_budget():
    plays = [settings(one)[1][0] for one in PLAYS]
    assert [one for one in plays if "cost" in one] == [one for one in plays if "budget" in one]
