"""Phrases of trade: which features they are of."""

from features.catalogue.families import load
from features.catalogue.feature import REGISTRY
from serving.scoring.time_phrases import TIME
from serving.scoring.trade_phrases import TRADE

load()
FAMILIES = {"monetary", "messages", "feedback", "points", "profile", "community"}


def test_all_of_buying_messages_complaints_points_and_posts_has_a_phrase_and_one_only():
    due = {name for name, one in REGISTRY.items() if one.family in FAMILIES}
    assert due - set(TIME) == set(TRADE) and not set(TRADE) & set(TIME)


def test_a_text_is_said_without_its_code():
    assert all("{" not in TRADE[name].any.en + TRADE[name].any.zh for name in ("channel", "plan", "region"))
