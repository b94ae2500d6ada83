"""What operators do, from login on, in the browser: two people, a draft, an approval, files, and what came of it."""

import json
import re

from serving.api.pages.handlers.campaigns.run_users import rows
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.run import open_run
from tests.serving.api.pages.browser.acts import exported, opened_draft


def number(text):
    return int(re.match(r"[\d,]+", text).group().replace(",", ""))


def test_from_who_is_about_to_leave_to_files_for_wecom(site, world):
    ann, bob, eve = (site.open(name) for name in ("ann", "bob", "eve"))
    # Who moved into risk, and why.
    ann.goto("/ui")
    move = ann.locator("section", has_text="Early warning").locator("tr", has_text="→").filter(has_text="at risk").last
    moved = number(move.locator("td a").inner_text())
    move.locator("td a").click()
    assert number(ann.locator(".between b").inner_text()) == moved > 0
    ann.locator("table.users tbody a").first.click()
    assert ann.locator("section", has_text="Why").first.locator("tr").count() > 0, "a user's page says why"
    # A campaign of them, within a budget.
    ann.go_back()
    ann.click("a.button:has-text('campaign')")
    ann.fill("#name", "back_soon")
    ann.fill("#cost", "2")
    ann.click("form.stack button")
    assert ann.locator("[role=alert]").count(), "who gives something for it has to name a budget"
    ann.fill("#budget", "6")
    ann.fill("#holdout", "0.001")
    ann.click("form.stack button")
    run = open_run(world.config.store_path, opened_draft(ann))
    report = run.report["plays"][0]
    written = [one for one in rows(run, "back_soon", most=10_000) if one["fate"] == TREATMENT]
    assert 0 < len(written) == report["fates"][TREATMENT] and sum(one["cost"] for one in written) <= 6
    assert report["fates"].get("no_consent", 0) > 0 and report["matched"] == moved
    # Not by herself; not by who only looks; by somebody else.
    assert not ann.locator("button:has-text('Approve')").count()
    forged = ann.request.post(f"{ann.url}/approve", form={}, headers={"Origin": site.address})
    assert forged.status == 403
    eve.goto(ann.url)
    assert not eve.locator("main button").count()
    bob.goto(ann.url)
    bob.click("button:has-text('Approve')")
    assert "bob" in bob.inner_text(".tiles")
    # Files for WeCom.
    ann.reload()
    files = exported(ann, "wecom", "we miss you")
    sent = set()
    for place in range(files.count()):
        with ann.expect_download() as told:
            files.nth(place).click()
        text = told.value.path().read_text(encoding="utf-8")
        if told.value.suggested_filename.endswith(".json"):
            sent |= set(json.loads(text)["external_userid"])
    channels = {one["channel"] for one in written}
    assert bool(sent) == ("wecom" in channels) and len(sent) == sum(one["channel"] == "wecom" for one in written)
    assert not [one for one in ann.said + bob.said if "422" not in one], "but for the form that was not filled in"


def test_one_sees_whether_a_campaign_worked_and_comes_from_there_to_its_run(site, world):
    page = site.open("eve")
    page.click("nav a:has-text('Verification')")
    told = page.locator("section", has_text="Perks for the loyal").first
    assert "worked" in told.inner_text() and "1,200 to be written to, 300 held back" in told.inner_text()
    assert not page.locator("main form").count(), "who only looks starts nothing"
    told.locator("h2 a").click()
    page.wait_for_url(f"**/campaigns/{world.run.name}")


def test_one_finds_why_a_user_was_not_written_to(site, world):
    page = site.open("ann", "zh")
    kept = next(one for one in rows(world.run, "perks", most=10_000) if one["fate"] not in (TREATMENT, HOLDOUT))
    page.fill("#find", str(kept["user_id"]))
    page.press("#find", "Enter")
    row = page.locator("section", has_text="触达").locator("tr", has_text="忠诚礼遇")
    page.goto(f"/ui/campaigns/{world.run.name}/play/perks?fate={kept['fate']}")
    said = page.locator("h1").inner_text()
    page.go_back()
    assert row.locator("td").nth(2).inner_text() in said and row.locator("td").nth(2).inner_text()
