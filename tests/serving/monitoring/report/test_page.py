"""serving/monitoring/report/page.py."""

import pytest

from features.groups.lifecycle import names
from serving.monitoring.report.page import page


@pytest.mark.parametrize(("language", "word"), [("en", "stop"), ("zh", "停用")])
def test_the_page_stands_alone_and_says_what_was_found(alarming, base, language, word):
    text = page(alarming, names(base.config), language)
    assert f'<p class="verdict">{word}</p>' in text
    assert not any(mark in text for mark in ("<script", "src=", "href=", "url(", "@import"))
    assert "&lt;no&gt;" in text or language == "zh"
    assert text.count("<svg") >= 2  # churn and AUC over the closed windows


def test_one_closed_window_is_no_line(told, base):
    text = page(told | {"realised": told["realised"][:1]}, names(base.config))
    assert "<svg" not in text
