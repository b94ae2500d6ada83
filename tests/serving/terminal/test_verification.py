"""What campaigns did, as a person reads it."""

from dataclasses import replace
from datetime import datetime

import pytest

from serving.terminal.verification import show_verified
from training.verification.campaigns.looks_kept import Made, Plan
from training.verification.campaigns.verify import Verified
from training.verification.effect import Effect
from training.verification.looks import Look
from training.verification.relative_lift import RelativeLift
from training.verification.trial import check
from training.verification.verdict import judge

AT = datetime(2026, 1, 1)
CHURN = Effect(0.25, 0.5, -0.25, -0.4, -0.1, 0.95, (60, 40), (0.25, 0.5), (0.003, 0.006), 0.0)
VALUE = Effect(7.5, 5, 2.5, -1, 6, 0.95, (60, 40), (7.5, 5.0), (1.0, 1.0), 0.0)
TRIAL = check((60, 40), 0.4)
OPEN = Verified("a/[red]p[/]", "churn", (60, 40), AT, datetime(2026, 2, 1), TRIAL, judge(TRIAL, None))
DONE = replace(
    OPEN,
    verdict=judge(TRIAL, CHURN),
    looked=(60, 40),
    churn=CHURN,
    value=VALUE,
    reached=57,
    lift=RelativeLift(-0.5, None, None),
    look=Look(1, 1.0, 1.96, 0.95),
    plan=Plan(100, (Made(AT, 100, 1.0),)),
)


def told(capsys, one, language="en"):
    show_verified([one], language)
    return " ".join(capsys.readouterr().out.split())


def test_an_open_campaign_says_until_when(capsys):
    out = told(capsys, OPEN)
    assert "a/[red]p[/]: not proven yet" in out and "windows are over on 2026-02-01" in out


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["it worked", "57 of the treated (95%) have a message", "relative change of churn -50.0 % (unbounded)"]),
        ("zh", ["有效", "实验组中 57 人（95%）有该活动的消息", "流失相对变化 -50.0 %（无界）"]),
    ],
)
def test_effects_are_told_in_both_languages(capsys, language, lines):
    out = told(capsys, DONE, language)
    for line in [*lines, "25.0% / 50.0%", "-25.00"]:
        assert line in out


def test_a_planned_look_says_when_the_next_one_is(capsys):
    one = replace(DONE, looked=(40, 20), look=Look(1, 0.6, 2.67, 0.992), plan=Plan(100, (Made(AT, 60, 0.6),)))
    assert "planned look 1, its intervals at 99.2%; the next at 80 users" in told(capsys, one)
