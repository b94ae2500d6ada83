"""Themes: every feature is about one, and what can be done about it is said in both languages."""

import pytest

from features.catalogue.families import load
from features.catalogue.feature import HAN, REGISTRY
from serving.scoring.themes import FAMILIES, OTHERWISE, THEMES, theme_of

load()


@pytest.mark.parametrize(
    ("feature", "theme"),
    [
        ("days_since_active", "silence"),
        ("silence_ratio", "silence"),
        ("active_count", "activity"),
        ("order_count", "orders"),
        ("order_amount", "spending"),
        ("event_count", "use"),
        ("days_since_complaint", "complaint"),
        ("refund_count", "complaint"),
        ("messages_unopened", "messages"),
        ("points_balance", "points"),
        ("tenure_days", "profile"),
        ("post_count", "community"),
    ],
)
def test_a_feature_is_about_what_a_person_would_say(feature, theme):
    assert theme_of(REGISTRY[feature]) == theme


def test_every_feature_and_family_has_a_theme_and_every_theme_a_feature():
    assert {theme_of(one) for one in REGISTRY.values()} == set(THEMES)
    assert set(FAMILIES) == {one.family for one in REGISTRY.values()} and set(OTHERWISE) <= set(REGISTRY)


def test_themes_are_said_in_both_languages():
    said = [both for theme in THEMES.values() for both in theme if both]
    assert len(said) > 2 * len(THEMES) and all(both.en.isascii() and HAN.search(both.zh) for both in said)
