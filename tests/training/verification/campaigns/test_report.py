"""The report: what a person finds in it, in both languages."""

import re
from html.parser import HTMLParser

import pytest

from training.verification.campaigns.report import document, write
from training.verification.campaigns.report_words import WORDS
from training.verification.campaigns.verify import verify

NAMES = {"inactive": ("Silent", "沉默"), "lapsed_2": ("Lapsed", "流失二期")}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Words(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.language, self.found, self.tags = None, [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "html":
            self.language = dict(attributes)["lang"]

    def handle_data(self, data):
        self.found.append(data.strip())


@pytest.fixture
def found(trial):
    return verify(
        *trial(
            share=0.4, risk=[0.4 + (n % 10) / 50 for n in range(100)], expected_value=1.0, messages=[(1, -1, "autumn")]
        )
    )


def test_it_is_written_once_in_each_language(found, tmp_path):
    files, new = write(found, tmp_path, "2026-03-02", NAMES)
    assert new and [re.fullmatch(r"2026-03-02-\w{10}\.(\w\w)\.html", one.name)[1] for one in files] == ["en", "zh"]
    assert [Words(one.read_text()).language for one in files] == ["en", "zh-CN"]
    assert write(found, tmp_path, "2026-03-02", NAMES) == (files, False)
    assert sorted(tmp_path.iterdir()) == files


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_figure_of_the_verdict_is_told(found, tmp_path, language):
    file = write(found, tmp_path, "2026-03-02", NAMES)[0][language == "zh"]
    cells = Words(file.read_text()).found
    (one,) = found
    say = WORDS[language]
    for told in (say.assigned, say.delivered, say.churn, say.value, say.lift, say.seen, say.ratio, say.balance):
        assert told in cells
    text = " ".join(cells)
    assert f"{one.churn.treatment:.1%}" in text and f"{100 * one.churn.low:+.2f}" in text
    assert f"{one.value.holdout:,.2f}" in text and f"{one.trial.smallest_loss:.1%}" in text
    verdict = one.verdict
    assert (verdict.sentence.zh if language == "zh" else verdict.sentence.en) in cells


def test_the_english_page_has_no_chinese(found, tmp_path):
    assert not CHINESE.search(write(found, tmp_path, "x", NAMES)[0][0].read_text())


def test_an_unbounded_lift_is_said_to_be(trial):
    found = verify(*trial(stay=(60, 40)))
    rows = [
        row for block in document(found, "x", NAMES).sections[0].blocks if hasattr(block, "rows") for row in block.rows
    ]
    assert [row[-1] for row in rows if row[0] == WORDS["en"].lift] == [WORDS["en"].unbounded]


def test_a_refused_trial_tells_why_and_no_effect(trial):
    found = verify(*trial(messages=[(1, 3, "autumn")]))
    en, zh = (document(found, "x", NAMES, language) for language in ("en", "zh"))
    assert en.sections[0].title == "autumn: No trial" and [value for _, value, _ in en.figures] == ["0", "0", "0", "1"]
    told = [
        row for page in (en, zh) for block in page.sections[0].blocks if hasattr(block, "rows") for row in block.rows
    ]
    assert any("assigned after their outcome had begun" in row[1] for row in told)
    assert any("有用户在结果已经开始之后才分组" in row[1] for row in told)
    assert not any(row[0] in (WORDS["en"].churn, WORDS["en"].value) for row in told)


def test_names_from_peoples_data_are_no_markup(trial, tmp_path):
    found = verify(*trial(campaign_id="<script>alert(1)</script>"))
    assert "script" not in Words(write(found, tmp_path, "x", NAMES)[0][0].read_text()).tags


def test_stages_are_called_by_their_names_in_each_language(trial):
    found = verify(*trial(stay=(45, 15)), {"autumn": "lapsed_2 -> inactive"})
    pages = {language: repr(document(found, "x", NAMES, language).sections[0].blocks[2:]) for language in ("en", "zh")}
    told = {"en": "Lapsed → Silent", "zh": "流失二期 → 沉默"}
    for language, page in pages.items():
        assert page.count(told[language]) >= 3 and "lapsed_2" not in page
