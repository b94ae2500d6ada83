"""Phrases: of features that there are, in two languages that say the same."""

import re

import pytest

from features.catalogue.families import load
from features.catalogue.feature import HAN, REGISTRY
from serving.scoring.phrases import MISSING, PHRASES

load()
PARTS = {"v", "n", "times", "pct", "signed", "month", "root", "span", "twice", "quad", "event", "events", "kind"} | {
    "gap",
    "silence",
    "before",
    "none",
    "one",
    "count",
    "all",
    "do",
    "undone",
}
ALIKE = {"undone": "none", "do": "one", "count": "one", "all": "one", "events": "event", "v": "n"}  # said differently


def texts():
    return [(name, both) for name, one in PHRASES.items() for both in (one.any, one.zero, one.low) if both]


def parts(text):
    return {ALIKE.get(part, part) for part in re.findall(r"\{(\w+)\}", text)}


def test_phrases_are_of_features_that_there_are():
    assert set(PHRASES) - set(REGISTRY) == set()


def test_what_is_said_of_a_missing_value_is_said_of_some_feature():
    assert set(MISSING) - {one.null for one in REGISTRY.values()} == set()


@pytest.mark.parametrize("name, both", texts())
def test_both_languages_are_there_and_name_known_parts(name, both):
    assert HAN.search(both.zh) and both.en.isascii()
    assert set(re.findall(r"\{(\w+)\}", both.en + both.zh)) <= PARTS


@pytest.mark.parametrize("name, both", texts())
def test_both_languages_tell_the_same_numbers(name, both):
    numbers = {"n", "v", "times", "pct", "signed", "month", "root", "span", "twice", "quad", "gap", "silence", "before"}
    assert parts(both.en) & numbers == parts(both.zh) & numbers


def test_windows_are_named_by_windowed_features_alone():
    windows = {"span", "twice", "quad"}
    for name, both in texts():
        named = set(re.findall(r"\{(\w+)\}", both.en)) & windows
        assert not named or REGISTRY[name].spanned
        assert named or not REGISTRY[name].spanned, f"{name}: a windowed feature that does not say of which days"
