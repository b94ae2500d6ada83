"""What a page knows of who asks and in which language, and that everything written on it stays text."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from features.config.operations.named import LevelSetting, SegmentSetting, TagSetting
from serving.api.pages.view import COOKIE, language_of


@pytest.mark.parametrize(
    "query, cookie, header, language",
    [
        ({}, "", "", "en"),
        ({}, "", "zh-CN,zh;q=0.9", "zh"),
        ({}, "zh", "en", "zh"),
        ({"lang": "en"}, "zh", "zh", "en"),
        ({"lang": "xx"}, "yy", "fr", "en"),
    ],
)
def test_the_address_decides_then_what_was_asked_before_then_the_browser(query, cookie, header, language):
    cookies = {COOKIE: cookie} if cookie else {}
    request = SimpleNamespace(query_params=query, cookies=cookies, headers={"accept-language": header})
    assert language_of(request) == language


def test_a_link_leaves_out_what_is_not_there_and_quotes_the_rest(view):
    assert view().link("/list", stage="a&b=c", at="", band=None) == "/ui/list?stage=a%26b%3Dc"
    assert view().link("/layers/x/a b,<c>") == "/ui/layers/x/a%20b%2C%3Cc%3E"


def test_stages_and_groups_are_called_by_their_names(view):
    assert (view("en").stage("at_risk"), view("zh").stage("at_risk")) == ("at risk", "流失风险")
    assert (view("zh").group("high"), view("zh").group("gold"), view("zh").group(None)) == ("高", "gold", "–")


@pytest.fixture
def named(view):
    """named(language): a view of a configuration whose levels, tags and segments have names in Chinese, or none."""
    segments = [SegmentSetting(name="core", zh="核心用户", all=["stage == 'loyal'"])]
    tags = [TagSetting(name="a", segment="core", zh="甲"), TagSetting(name="b", segment="core")]
    levels = [LevelSetting(name=name, zh=zh, least=1, measure="m") for name, zh in (("gold", "金卡"), ("iron", ""))]
    update = {"segment": segments, "tag": tags, "level": levels}

    def make(language):
        one = view(language)
        config = one.config.model_copy(update=update)
        return replace(one, current=replace(one.current, predictor=SimpleNamespace(config=config)))

    return make


def test_levels_and_tags_are_called_as_the_settings_say_in_each_language(named):
    en, zh = named("en"), named("zh")
    assert [one.level("gold") for one in (en, zh)] == ["gold", "金卡"] and zh.level("iron") == "iron"
    assert [zh.level(None), zh.level("gone")] == [None, "gone"]
    assert [en.tag("a"), zh.tag("a"), en.tag("b"), zh.tag("b")] == ["a", "甲", "b", "核心用户"], "or as the segment is"


def test_the_menu_holds_what_who_asks_may_open(view):
    everything = {name for name, _ in view().menu}
    numbers = {name for name, _ in view(scopes=("view",)).menu}
    assert {"overview", "flow", "users"} <= everything
    assert "users" not in numbers and "overview" in numbers and view(scopes=()).menu == []


def test_the_other_language_is_the_same_page(view):
    assert view("en", stage="new").other_language == "/ui?stage=new&lang=zh"


def test_why_a_board_is_missing_is_said_in_the_language_of_the_page(view):
    assert view("en").why_not("points") == "needs [tables.points]"
    assert (view("zh").why_not("points"), view("zh").why_not("goals")) == ("需要 [tables.points]", "需要 [[goal]]")
    assert view("zh").why_not("no such board") == "未能生成"


def test_a_page_says_on_top_what_the_clock_has_left_behind(view, site):
    said = view("zh").stale
    assert said and said[0].startswith("快照截至")
    text = site.get("/ui?lang=zh").text
    assert all(f'<p class="stale" role="note">{one}</p>' in text for one in said)
