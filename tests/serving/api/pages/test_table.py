"""Every page answers in both languages, every link on it leads somewhere, and every count is that of its list."""

import html
import re

import pytest

from serving.api.pages.table import PAGES

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


def test_counts_of_pages_are_those_of_the_api(site, store):
    """Stages on the overview, the flow's moves, the cells and the tables of boards, against what programs are told."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", get(site, "/ui").text))
    stages = site.get("/v1/stages").json()
    assert stages["users"] == store.snapshot.manifest["users"] == sum(one["users"] for one in stages["stages"])
    for one in stages["stages"]:
        href = f"/ui/list?stage={one['name']}"
        assert f"<b>{one['users']:,} users</b>" in get(site, href).text
        assert one["users"] == 0 or f"{one['en']} {one['users']:,}" in text, one
    moves = {(one["before"], one["after"]): one["users"] for one in site.get("/v1/stages/flow").json()["moves"]}
    flow = {html.unescape(a): re.sub(r"<.*?>", "", b) for a, b in LINK.findall(get(site, "/ui/flow").text)}
    found = {key: users for (a, b), users in moves.items() if (key := f"/ui/list?from={a or '-'}&stage={b}") in flow}
    assert len(found) > 5 and all(f"{users:,}" in flow[key] for key, users in found.items())
    boards = {one["name"]: one for one in site.get("/v1/boards").json()["boards"]}
    assert {name for name, one in boards.items() if one["missing"] is None} == {
        *store.snapshot.manifest["boards"]["made"]
    }
    cube = site.get("/v1/boards/cube").json()["rows"]
    for band in store.config.risk.names:
        users = sum(row["users"] for row in cube if row["risk_band"] == band)
        assert f"<b>{users:,} users</b>" in get(site, f"/ui/list?band={band}").text
    days = site.get("/v1/boards/traffic").json()["rows"]
    last = max(row["date"] for row in days)
    assert f"{sum(row['active'] for row in days if row['date'] == last):,}" in get(site, "/ui/channels").text
    rows = site.get("/v1/boards/definitions").json()["rows"]
    page = get(site, "/ui/model").text
    assert rows and all(f"{row['eligible']:,}</td>" in page and f"{row['churned']:,}</td>" in page for row in rows)


def test_every_link_leads_to_a_page(site):
    known, left = set(), ["/ui"]
    while left and len(known) < 150:
        address = left.pop(0)
        if address in known:
            continue
        known.add(address)
        answer = get(site, address)
        site.cookies.clear()  # of the link to the other language
        assert answer.status_code in (200, 303), address
        if len(known) < 12:
            left += [html.unescape(one) for one, _ in LINK.findall(answer.text)]
    assert len(known) > 50
