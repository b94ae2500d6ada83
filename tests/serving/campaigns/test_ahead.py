"""What the playbook has ahead."""

from datetime import date

from serving.campaigns.ahead import Ahead, ahead

TOML = """
[contact]
blackout = ["2026-02-16/2026-02-18", "2026-03-05"]
[contact.channels.email]
[[calendar]]
name = "spring"
dates = ["2026-02-17", "2027-02-06"]
days_before = 5
zh = "春节"
[[calendar]]
name = "birthday"
column = "users.birthday"
[[goal]]
name = "healthy"
metric = "share:healthy"
target = 0.5
by = "2026-02-20"
[[play]]
name = "p"
zh = "召回"
all = ["churn_risk >= 0.5"]
channels = ["email"]
until = "2026-02-28"
"""


def test_days_ends_and_blackouts_stand_in_order(shop):
    config = shop(TOML, users=0).config
    assert [(str(one.on), one.what) for one in ahead(config, date(2026, 2, 12), 30)] == [
        ("2026-02-12", "spring: counts from here on"),
        ("2026-02-16", "no messages until 2026-02-18, that day among them"),
        ("2026-02-17", "spring"),
        ("2026-02-20", "goal: healthy"),
        ("2026-02-28", "p: its last day"),
        ("2026-03-05", "no messages until 2026-03-05, that day among them"),
    ]
    assert [one.what for one in ahead(config, date(2026, 2, 12), 30, "zh")][:3] == [
        "春节：开始触达",
        "免打扰日，至 2026-02-18",
        "春节",
    ]


def test_a_blackout_that_has_begun_counts_from_today_and_one_that_is_over_does_not(shop):
    config = shop(TOML, users=0).config
    assert ahead(config, date(2026, 2, 18), 1) == [
        Ahead(date(2026, 2, 18), "no messages until 2026-02-18, that day among them")
    ]
    assert ahead(config, date(2026, 2, 19), 1) == []
