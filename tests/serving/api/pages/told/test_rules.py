"""The rules of a play in words: in the language of the page, and never other than they are."""

import pytest

from serving.api.pages.told.rules import told


@pytest.mark.parametrize(
    "play, en, zh",
    [
        ({}, "all users", "全部用户"),
        ({"all": ["stage in ('new', 'at_risk')"]}, "stage: new or at risk", "阶段：新用户或流失风险"),
        ({"all": ["churn_risk >= 0.5", "stay_tier == 'high'"]},
         "churn risk ≥ 50 %, worth if they stay: high", "流失风险≥50 %，留下后的价值层：高"),
        ({"all": ["stage != 'new'"]}, "stage is not new", "阶段不是新用户"),
        ({"any": ["eligible == false", "value_at_stake < 3"], "entered": True},
         "not: scored or value at stake < 3, newly so", "非：已评分或待挽留价值<3，新近满足"),
        ({"all": ["gone == '<b>'"]}, "gone == '<b>'", "gone == '<b>'"),
    ],
)  # fmt: skip
def test_rules_are_told_in_words(view, play, en, zh):
    assert (told(view("en"), play), told(view("zh"), play)) == (en, zh)
