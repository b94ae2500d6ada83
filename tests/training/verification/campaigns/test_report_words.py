"""The report's words: both languages say as much."""

from dataclasses import fields
from string import Formatter
from typing import get_args

import pytest

from training.verification.campaigns.before import ACTIVE, EXPECTED, NO_SCORE, RISK, SPENT
from training.verification.campaigns.report_words import WORDS
from training.verification.verdict import Word


@pytest.mark.parametrize("name", [one.name for one in fields(WORDS["en"])])
def test_both_languages_have_the_same_places_for_figures(name):
    one, other = (getattr(WORDS[language], name) for language in ("en", "zh"))
    if isinstance(one, str):
        places = [[key for _, key, *_ in Formatter().parse(text) if key is not None] for text in (one, other)]
        assert places[0] == places[1] and one and other
    elif name != "before":
        assert len(one) == len(other)


def test_every_verdict_and_every_covariate_has_a_name():
    for words in WORDS.values():
        assert set(words.verdicts) == set(get_args(Word))
    assert set(WORDS["zh"].before) == {RISK, EXPECTED, NO_SCORE, ACTIVE, SPENT}
