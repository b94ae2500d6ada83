"""Phrases of time: which features they are of."""

from features.catalogue.families import load
from features.catalogue.feature import REGISTRY
from serving.scoring.time_phrases import TIME

load()
FAMILIES = {"recency", "frequency", "rhythm", "engagement"}


def test_all_of_when_how_often_and_how_regularly_has_a_phrase():
    others = {"days_since_complaint", "days_since_message", "days_since_open", "days_since_click", "days_since_signup"}
    due = {name for name, one in REGISTRY.items() if one.family in FAMILIES} - {"order_count"}
    assert due <= set(TIME) <= due | others | {"order_count"}


def test_never_back_is_said_as_never_and_not_as_zero_times():
    for name in ("gaps_ended_in_time", "return_share"):
        assert TIME[name].zero.en == "Never back in time after a silence like this"
