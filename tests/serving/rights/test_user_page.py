"""The page stands alone, in both languages, and shows ids and texts as text."""

from dataclasses import replace

import pytest

from serving.rights.kept import Kept, Place
from serving.rights.user_page import WORDS, page

ROW = {"user_id": "<b>7</b>", "stage": "loyal", "churn_risk": 0.25, "churn_curve": [{"days": 7.0, "churn_risk": 0.5}]}


@pytest.fixture
def found(planted):
    place = Place("scores", "snapshots/one/part-all.parquet", [ROW], {"stage": "lifecycle stage"})
    return Kept("<b>7</b>", planted.now, [place], False, ["2026-01-04, csv for email"], ["tables.orders: orders.csv"])


def test_every_value_is_shown_and_nothing_of_it_is_run(copy, found):
    english, chinese = (page(found, copy(), language) for language in ("en", "zh"))
    for text in (english, chinese):
        assert "<b>7</b>" not in text and "&lt;b&gt;7" in text and "0.25" in text and "days 7, churn_risk 0.5" in text
        assert "csv for email" in text and "orders.csv" in text and "<script" not in text
    assert "stage (lifecycle stage)" in english and "Scores" in english
    assert "生命周期阶段（stage）" in chinese and "评分" in chinese and 'lang="zh-CN"' in chinese


def test_that_nothing_is_kept_is_said(copy, found):
    text = page(replace(found, places=[], suppressed=True), copy(), "en")
    assert WORDS["en"]["none"] in text and WORDS["en"]["erased"] in text


def test_both_languages_say_the_same_things():
    assert WORDS["en"].keys() == WORDS["zh"].keys()
