"""A design as operations read it: points and money, no shares of one."""

import pytest

from serving.terminal.design import show_design
from serving.verification.design import PlayDesign, Seen
from training.verification.power import Design


def play(**more):
    shares = (0.05, 0.1)
    churn = Seen(
        0.31, -0.031, Design(10_000, 0.05, 0.0412, 0.42, 41_000), dict(zip(shares, (0.0412, 0.03), strict=True))
    )
    value = Seen(52.5, 5.25, Design(10_000, 0.05, 12.5, None, None), dict.fromkeys(shares, None))
    told = {"run": "r", "play": "win_back", "users": 10_000, "held": 500, "share": 0.05, "budget": 3000.0}
    return PlayDesign(**(told | {"over_budget": 120, "rate": None, "churn": churn, "value": value} | more))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "win_back (r): 10,000 users, 9,500 to be written to and 500 held out; budget 3,000, which leaves out",
                "churn is 31.0% without it; if it falls by 4.1 points, about 391 users kept, 4 of 5 such campaigns",
                "a change of 3.1 points, as hoped, is proven with a chance of 42%; for 80 % it takes 41,000 users",
                "value a user is 52.50 without it; if it rises by 12.50 4 of 5",
                "there is no change to hope for",
                "5% *",
            ],
        ),
        (
            "zh",
            [
                "共 10,000 人，实验组 9,500，对照组 500；预算 3,000，超出预算 120 人",
                "流失率现为 31.0%；下降 4.1 个百分点（约少流失 391 人）才能在五次中看出四次",
                "期望变化 3.1 个百分点：被证实的可能为 42%；要有 80%，共需 41,000 人",
            ],
        ),
    ],
)
def test_it_is_told_in_points_and_money(capsys, language, told):
    show_design(play(), language)
    out = " ".join(capsys.readouterr().out.split())
    for line in told:
        assert line in out
    assert "0.04" not in out


def test_too_few_users_are_said_to_be(capsys):
    show_design(play(churn=Seen(0.3, -0.03, Design(30, 0.05, None, 0.05, 41_000), {0.05: None}), budget=None))
    out = capsys.readouterr().out
    assert "churn 30.0%: too few users to see any effect" in out and "no budget" in out and "–" in out
