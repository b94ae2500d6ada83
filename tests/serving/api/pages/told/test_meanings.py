"""What stages and groups mean, in words that follow from their rules."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from features.config.config import Config
from serving.api.pages.told.meanings import group_meanings, stage_meanings

TOML = {
    "tables": {"orders": {"path": "orders.csv"}},
    "churn": {"activity": ["orders"], "horizon_days": 30},
    "lifecycle": {
        "healthy": {"any": ["order_count_90d >= 2", "plan == 'plus'"]},
        "stage": [{"name": "good", "all": ["healthy == true"]}, {"name": "rest"}],
    },
    "layers": {
        "layer": [
            {"name": "mine", "group": [{"name": "much", "all": ["order_count_30d >= p80"]}, {"name": "else"}]},
        ]
    },
}


@pytest.fixture
def own(view):
    """own(language): a view of a configuration with stages and a layer of its own."""

    def make(language):
        one = view(language)
        return replace(one, current=replace(one.current, predictor=SimpleNamespace(config=Config.model_validate(TOML))))

    return make


def test_stages_are_told_in_the_order_of_their_rules_and_who_is_healthy(own):
    assert stage_meanings(own("en")) == [
        ("good", "healthy"),
        ("rest", "everybody else"),
        ("healthy", "orders placed in the last 90 days ≥ 2 or plan that the user is on: plus"),
    ]
    assert dict(stage_meanings(own("zh")))["健康"] == "最近 90 天内的下单次数≥2或用户的套餐：plus"


def test_groups_are_told_with_their_cuts_and_negations(own):
    assert group_meanings(own("en"), "mine") == [
        ("much", "orders placed in the last 30 days ≥ the 80th percentile"),
        ("else", "everybody else"),
    ]
    rfm = dict(group_meanings(own("en"), "rfm"))
    assert rfm["general, to value"].endswith("amount ever spent < the mean")  # not >=
    assert group_meanings(own("en"), "gone") == []


def test_the_default_stages_have_no_name_of_a_column_in_their_words(view):
    for language in ("en", "zh"):
        told = stage_meanings(view(language))
        assert len(told) == len(view().stages) + 1 and not [words for _, words in told if "_" in words]
