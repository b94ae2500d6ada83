"""The page of one run: every count is the report's, and who may approve is told."""

import re

import pytest

from tests.serving.api.pages.handlers.campaigns.conftest import EVIL


def numbers(text):
    return [int(one.replace(",", "")) for one in re.findall(r">(?:<b>)?([\d,]+)(?:</b>)?</a>", text)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_count_is_the_reports(world, run, language):
    text = world.get(f"/ui/campaigns/{run.name}", language=language).text
    rows = re.findall(r'<tr><td class="num">\d+</td>.*?</tr>', text, re.DOTALL)
    assert len(rows) == len(run.report["plays"]) == 3
    for row, play in zip(rows, run.report["plays"], strict=True):
        fates = play["fates"]
        assert numbers(row) == [play["matched"], fates["treatment"], fates["holdout"]]
        for fate, users in fates.items():
            assert (f'fill fate-{fate}"' in row) == (users > 0)
    assert EVIL not in text and "&lt;script&gt;" in text and "<img" not in text


def test_the_drafter_waits_for_somebody_else_and_who_may_approve_finds_the_button(world, run):
    address = f"/ui/campaigns/{run.name}"
    button = f'action="{address}/approve"'
    own, other = world.get(address, who=" Ann").text, world.get(address, who="bob").text
    reader = world.get(address, who="bob", scopes=("view", "operate")).text
    assert "who drafts does not approve" in own and button not in own
    assert button in other and button not in reader and "Somebody who may approve, and is not ann" in reader
    assert all("Waiting for approval by somebody else" in one for one in (own, other, reader))


def test_numbers_alone_without_users(world, run):
    text = world.get(f"/ui/campaigns/{run.name}", scopes=("view",)).text
    assert "/people" not in text and "/play/" not in text and "<form action=" not in text


@pytest.mark.parametrize("name", ["2020-01-01-0123456789", "%2e%2e%2fx", "latest", "jobs"])
def test_an_unknown_run_is_said(world, name):
    assert world.get(f"/ui/campaigns/{name}").status_code == 404
