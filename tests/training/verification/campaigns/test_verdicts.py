"""Verdicts that are no interval around an effect."""

import pytest

from training.verification.campaigns.verdicts import not_due, of_move, too_few
from training.verification.stage_moves import stage_moves

MOVE = ("lapsed", "active")
NAMES = {"active": ("Active", "活跃"), "lapsed": ("lapsed", "流失")}


def moves(treated, held, users=(200, 200)):
    table = {MOVE: (treated, held), ("lapsed", "lapsed"): (users[0] - treated, users[1] - held)}
    return stage_moves(table, ["active", "lapsed"], MOVE)


@pytest.mark.parametrize(
    ("treated", "held", "verdict", "sentence"),
    [
        (100, 40, "worked", "it worked: lapsed → Active: 50.0% in treatment, 20.0% in holdout"),
        (40, 100, "harm", "it did harm: lapsed → Active: 20.0% in treatment, 50.0% in holdout"),
        (42, 40, "not proven", "not proven: lapsed → Active: 21.0% in treatment, 20.0% in holdout"),
    ],
)
def test_a_planned_move_is_judged(treated, held, verdict, sentence):
    found = of_move(moves(treated, held), MOVE, NAMES)
    assert found.verdict == verdict and found.sentence.en.startswith(sentence)
    assert "流失 → 活跃：实验组" in found.sentence.zh and found.next.zh


def test_a_move_from_where_nobody_stood_is_not_proven():
    found = of_move(stage_moves({("a", "a"): (9, 9)}, ["a", "b"], ("b", "a")), ("b", "a"), {})
    assert found.verdict == "not proven" and "nobody of one arm stood on b" in found.sentence.en


def test_not_proven_is_not_yet_where_looks_follow():
    assert of_move(moves(42, 40), MOVE, NAMES, more_to_come=True).sentence.en.startswith("not proven yet")


def test_too_few_users_say_how_many_are_missing():
    found = too_few((100, 7), 20)
    assert found.missing == 13 and "7 in holdout are too few" in found.sentence.en


def test_a_look_that_is_not_due_says_when_it_is():
    found = not_due(300, 400, 2000)
    assert found.verdict == "not proven" and "first of the planned looks is at 400" in found.sentence.en
