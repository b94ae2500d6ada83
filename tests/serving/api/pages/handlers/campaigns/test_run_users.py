"""The users of a play: as many as the report counts, each with the fate that is their own, page by page."""

import re

from serving.api.pages.handlers.campaigns.run_users import ROWS, rows
from serving.campaigns.fates import FATES
from serving.campaigns.one_user import fates

ALL = 10**6


def test_every_list_is_as_long_as_the_report_counts_and_says_what_one_user_is_told(run):
    for play in run.report["plays"]:
        for fate in FATES:
            assert len(rows(run, play["name"], fate, ALL)) == play["fates"][fate]
        found = rows(run, play["name"], "", ALL)
        assert len(found) == play["matched"]
        for row in found[:: max(1, len(found) // 20)]:
            told = {one["play"]: one["fate"] for one in fates(run, row["user_id"])}
            assert told[play["name"]] == row["fate"]
    for fate, users in run.report["users"]["fates"].items():
        assert len(rows(run, "", fate, ALL)) == users


def test_pages_hold_everybody_once(world, run):
    play = max(run.report["plays"], key=lambda one: one["fates"]["treatment"])
    address, found = f"/ui/campaigns/{run.name}/play/{play['name']}?fate=treatment", []
    while address:
        text = world.get(address).text
        assert f"<b>{play['fates']['treatment']:,} users</b>" in text
        found += re.findall(r'href="/ui/users/(\d+)"', text)
        after = re.search(r'href="([^"]*)" rel="next"', text)
        address = after and after[1].replace("&amp;", "&")
    listed = [str(row["user_id"]) for row in rows(run, play["name"], "treatment", ALL)]
    assert found == listed and len(found) == play["fates"]["treatment"] > ROWS


def test_what_is_not_there_is_said(world, run):
    assert world.get(f"/ui/campaigns/{run.name}/play/nobody").status_code == 404
    odd = world.get(f"/ui/campaigns/{run.name}/people?fate=%3Cb%3E&page=-3")
    assert odd.status_code == 200 and f"<b>{run.report['users']['matched']:,} users</b>" in odd.text
