"""Reasons in words: by hand where it matters most, and through the whole registry for what must hold of all."""

import re

import pytest

from features.catalogue.families import load
from features.catalogue.feature import HAN, REGISTRY, FeatureColumn
from serving.scoring.wording import Words, number, percent, span, usual

load()
NAN = float("nan")
ORDERS = Words("en", ("orders",))
CHINESE = Words("zh", ("orders",))
VALUES = (0.0, 1.0, 0.034, 0.25, 4.0167, 48.2, 1234.5678, -3.5, 1e-9, 1e300, None, NAN, float("inf"))


def reason(feature, value, contribution=0.5):
    return {"feature": feature, "value": value, "contribution": contribution}


def columns():
    """Every feature, windows in days and in hours, of all events and of one kind."""
    for one in REGISTRY.values():
        for days in (30.0, 1.0, 0.875) if one.spanned else (None,):
            kinds = {None if "kind" not in one.takes else "view", "view" if one.kinds is not None else None}
            yield from (FeatureColumn(one, days, kind) for kind in kinds if kind or "kind" not in one.takes)


BY_HAND = [
    ("days_since_active", 48.2, 0.5, "No order for 48 days", "已 48 天未下单"),
    ("days_since_active", 3.26, -0.5, "Last order 3.3 days ago", "最近一次下单在 3.3 天前"),
    ("days_since_active", 1.0, 0.5, "No order for 1 day", "已 1 天未下单"),
    ("days_since_active", 0.25, -0.5, "Last order 6 hours ago", "最近一次下单在 6 小时前"),
    ("days_since_active", 0.01, -0.5, "Last order less than an hour ago", "最近一次下单在不到 1 小时前"),
    ("silence_ratio", 4.02, 0.5, "Silent for 4 times the usual gap", "沉默时长是平时间隔的 4 倍"),
    ("silence_score", -0.8, -0.5, "This silence lies -0.8 standard deviations from the usual gap", None),
    ("order_count_90d", 0.0, 0.5, "No order in the last 90 days", "最近 90 天内未下单"),
    ("order_count_90d", 1.0, 0.5, "1 order in the last 90 days", "最近 90 天内下单 1 次"),
    ("order_count_90d", 1234.0, -0.5, "1,234 orders in the last 90 days", "最近 90 天内下单 1,234 次"),
    ("active_days_1d", 1.0, -0.5, "1 day with orders in the last 1 day", "最近 1 天内下单天数为 1"),
    ("event_count__view_21h", 2.0, -0.5, "2 view events in the last 21 hours", "最近 21 小时内有 2 次“view”行为"),
    ("days_since_event__log.in", 9.5, 0.5, "No log.in event for 9.5 days", "已 9.5 天没有“log.in”行为"),
    ("order_amount_90d", 1234.5, -0.5, "1,234.50 spent in the last 90 days", "最近 90 天内消费 1,234.50"),
    ("order_amount_90d", 0.0, 0.5, "Nothing spent in the last 90 days", "最近 90 天内没有消费"),
    ("active_momentum_30d", 0.2, 0.5, "20% of the orders of the last 60 days fell in the last 30 days", None),
    ("active_momentum_30d", 0.0, 0.5, "Orders in the last 60 days, but none in the last 30 days", None),
    ("active_decayed_90d", 2.44, 0.5, "2.4 orders, older ones counting less (half-life 90 days)", None),
    ("active_rate", 0.04, 0.5, "1.2 orders a month", "平均每月下单 1.2 次"),
    ("return_share", 0.034, 0.5, "Back in time after 3.4% of silences like this", "以往这样沉默后有 3.4% 及时回来"),
    ("gaps_longer", 0.0, 0.5, "Never silent for so long before", "以往从未沉默这么久"),
    ("tenure_days", 400.0, -0.5, "First order 400 days ago", "首次下单在 400 天前"),
    ("season_sin", 0.99, 0.5, "Time of the year", "所处的时节"),
    ("opted_out", 1.0, 0.5, "Whether the user has opted out of messages: yes", "是否已退订消息：是"),
    ("plan", None, 0.5, "Plan that the user is on", "用户的套餐"),
    ("silence_ratio", None, 0.5, "Fewer than two active days", "活跃不足两天"),
    ("order_value_90d", NAN, 0.5, "No order in the last 90 days", "最近 90 天内未下单"),
    ("event_value_90d", 12.34, 0.5, "Sum of event values in the last 90 days: 12", None),
    ("of_another_version_90d", 12.34, 0.5, "of_another_version_90d: 12", "of_another_version_90d: 12"),
]


@pytest.mark.parametrize("feature, value, contribution, english, chinese", BY_HAND)
def test_a_reason_is_said_with_the_users_own_number(feature, value, contribution, english, chinese):
    assert ORDERS.reason(reason(feature, value, contribution)) == english
    if chinese:
        assert CHINESE.reason(reason(feature, value, contribution)) == chinese


BOTH = [reason("days_since_active", 48.2), reason("silence_ratio", 4.0167)]


def test_together_reasons_tell_the_usual_gap():
    assert ORDERS.reasons(BOTH) == [
        "No order for 48 days; usual gap 12",
        "Silent for 4 times the usual gap (48 days against 12)",
    ]
    assert CHINESE.reasons(BOTH) == [
        "已 48 天未下单，平时间隔 12 天",
        "沉默时长是平时间隔的 4 倍（48 天，平时 12 天）",
    ]


def test_numbers_that_are_no_reasons_lend_themselves():
    (said,) = ORDERS.reasons(BOTH[:1], {"gap_mean": 1.0, "silence_ratio": None})
    assert said == "No order for 48 days; usual gap 1"
    (said,) = ORDERS.reasons(BOTH[:1], {"gap_mean": 0.5})
    assert said == "No order for 48 days; usual gap 12 hours"


GAPS = [
    ({}, (None, None)),
    ({"days_since_active": 48.0}, (None, 48.0)),
    ({"days_since_active": 48.0, "silence_to_median": 4.0}, (12.0, 48.0)),
    ({"gap_mean": 12.0, "silence_ratio": 4.0}, (12.0, 48.0)),
    ({"gap_shrunk": 20.0, "gap_mean": 12.0}, (12.0, None)),
    ({"days_since_active": 48.0, "silence_ratio": 0.0}, (None, 48.0)),
    ({"days_since_active": NAN, "silence_ratio": None, "gap_mean": 12.0}, (12.0, None)),
]


@pytest.mark.parametrize("known, expected", GAPS)
def test_the_usual_gap_follows_from_what_is_known(known, expected):
    assert usual(known) == expected


ACTIVITIES = [
    (("orders",), "No order for 48 days", "已 48 天未下单", "3 orders in the last 30 days"),
    (("events",), "No event for 48 days", "已 48 天没有行为", "3 events in the last 30 days"),
    (("events:login",), "No login event for 48 days", "已 48 天没有“login”行为", "3 login events in the last 30 days"),
    (("orders", "events"), "No activity for 48 days", "已 48 天未活跃", "3 times active in the last 30 days"),
]


@pytest.mark.parametrize("activity, silent, chinese, times", ACTIVITIES)
def test_activity_is_called_what_it_is(activity, silent, chinese, times):
    assert Words("en", activity).reason(reason("days_since_active", 48.0)) == silent
    assert Words("zh", activity).reason(reason("days_since_active", 48.0)) == chinese
    assert Words("en", activity).reason(reason("active_count_30d", 3.0)) == times


def test_a_line_says_what_the_reason_does():
    assert ORDERS.line(reason("gap_mean", 12.0)) == "Usual gap 12 days (raises the risk)"
    assert CHINESE.line(reason("gap_mean", 12.0, -1)) == "平时间隔 12 天（降低风险）"
    assert ORDERS.effect(0) == "does not change the risk"


def test_reasons_are_told_with_their_words_and_null_stays_null():
    assert ORDERS.with_text(BOTH[:1]) == [BOTH[0] | {"text": "No order for 48 days"}]
    assert ORDERS.with_text(None) is None


@pytest.mark.parametrize("words", [ORDERS, CHINESE, Words("en", ("events:view",)), Words("zh")], ids=str)
def test_every_feature_has_words_for_every_value(words):
    for column in columns():
        for value in VALUES:
            for contribution in (1.0, -1.0):
                text = words.line(reason(column.name, value, contribution))
                assert text and not re.search(r"[{}<>\[\]|]|\bnan\b|None|\binf\b|  |\bd_|the window", text), text
                assert not re.search(r"(?<![\d.,])1 (?:orders|events|days|hours|times|messages|gaps)\b", text), text
                assert not re.search(r"\.\d{3}|\d{16}|[:：]\s*$", re.sub(r"0\.0\d\d", "", text)), text
                if words.lang == "zh":
                    assert HAN.search(text) and not re.search("窗口|半衰期[的，]", text), text
                else:
                    assert not HAN.search(text) and text.isascii(), text


@pytest.mark.parametrize(
    "value, text",
    [(0, "0"), (1, "1"), (0.0042, "0.004"), (0.256, "0.26"), (3.14, "3.1"), (9.96, "10"), (48.7, "49"), (-0.0001, "0")],
)
def test_numbers_have_the_digits_that_a_person_needs(value, text):
    assert number(value) == text


def test_shares_are_percentages():
    assert [percent(x) for x in (0, 0.004, 0.034, 0.42, 1)] == ["0%", "0.4%", "3.4%", "42%", "100%"]


def test_days_have_decimals_below_ten_alone():
    assert [span(x, "en") for x in (48.7, 9.5, 1, 0.5, 1 / 24)] == [
        "49 days",
        "9.5 days",
        "1 day",
        "12 hours",
        "1 hour",
    ]
