"""Every page answers in both languages, every link on it leads somewhere, and every count is that of its list."""

import html
import re

import pytest

from serving.pages.table import PAGES

LINK = re.compile(r'<a [^>]*href="(/ui[^"#]*)"[^>]*>(.*?)</a>', re.DOTALL)
SOME = 60  # list links followed


def get(site, address, language="en"):
    return site.get(address, headers={"accept-language": language})


def pages():
    return [one.name for one in PAGES if "GET" in one.methods and "{" not in one.name and one.menu]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_answers_in_its_language(site, language):
    for name in pages():
        answer = get(site, name, language)
        assert answer.status_code == 200, (name, answer.text[:300])
        assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in answer.text
        assert not re.search(r"style=|<script|javascript:|\bNone\b|\bnan\b|Undefined", answer.text), name


def test_every_count_is_the_length_of_the_list_behind_it(site):
    seen = {}
    for name in pages():
        for address, text in LINK.findall(get(site, name).text):
            number = re.fullmatch(r"([\d,]+)( users)?", re.sub(r"<.*?>", "", text).strip())
            if number and address.startswith("/ui/list"):
                seen[html.unescape(address)] = int(number[1].replace(",", ""))
    assert len(seen) > 20
    for address, users in sorted(seen.items())[:SOME]:
        found = re.search(r"<b>([\d,]+) users</b>", get(site, address).text)
        assert found and int(found[1].replace(",", "")) == users, address


def test_every_link_leads_to_a_page(site):
    known, left = set(), ["/ui"]
    while left and len(known) < 150:
        address = left.pop(0)
        if address in known:
            continue
        known.add(address)
        answer = get(site, address)
        assert answer.status_code in (200, 303), address
        if len(known) < 12:
            left += [html.unescape(one) for one, _ in LINK.findall(answer.text)]
    assert len(known) > 50
