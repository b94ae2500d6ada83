"""A campaign from the list to its proof: drafted, approved and exported on pages; a month later one sees it worked."""

from datetime import timedelta
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.tables import clean
from holdfast import app
from serving.api.pages.handlers.campaigns.run_users import rows
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.receipts import first_exports
from serving.campaigns.run import open_run
from serving.cli.command import run as holdfast
from serving.verification.verified_file import FILE
from tests.serving.api.pages.browser.acts import exported, opened_draft

WINDOW = 40  # days: the horizon of 30 and some more
CAME = {TREATMENT: 0.8, HOLDOUT: 0.3}  # who orders within it: what the campaign did


@pytest.fixture
def verified(world, tmp_path, monkeypatch):
    """verified(run, play): `holdfast verify` at the end of the window, over logs that have grown by then: the lists'
    messages, and the orders of both arms. It returns how many of each arm ordered."""

    def verify(run, play):
        at = first_exports(world.config.store_path)[run.name, play]
        arms = {fate: [one["user_id"] for one in rows(run, play, fate, most=10_000)] for fate in CAME}
        sent = arms[TREATMENT]
        came = {fate: users[: round(len(users) * CAME[fate])] for fate, users in arms.items()}
        buyers = [user for users in came.values() for user in users]
        days = [at + timedelta(days=1 + place % 25) for place in range(len(buyers))]
        given = {
            "messages": {
                "user_id": sent,
                "time": [at + timedelta(hours=9)] * len(sent),
                "channel": ["email"] * len(sent),
            },
            "orders": {"user_id": [*buyers, 1], "time": [*days, at + timedelta(days=WINDOW)]},
        }
        given["messages"] |= {"channel": ["email"] * len(sent), "campaign_id": [f"{run.name}/{play}"] * len(sent)}
        given["orders"] |= {"order_id": range(10**9, 10**9 + len(days) + 1), "amount": [20.0] * (len(days) + 1)}
        for table in (one for one in (world.config.file.parent / "data").iterdir() if one.is_dir()):
            (tmp_path / "data" / table.name).mkdir(parents=True)
            for file in table.iterdir():
                (tmp_path / "data" / table.name / file.name).symlink_to(file)
            if more := given.get(table.name):
                _write(tmp_path / "data" / table.name, more)
        (tmp_path / "store").symlink_to(world.config.store_path)
        (tmp_path / "holdfast.toml").write_text(world.config.file.read_text(encoding="utf-8"), encoding="utf-8")
        monkeypatch.setattr(clean, "clean", partial(clean.clean, now=at + timedelta(days=WINDOW + 1)))
        assert holdfast(app, ["verify", "--config", str(tmp_path / "holdfast.toml")]) == 0
        return {fate: (len(came[fate]), len(arms[fate])) for fate in arms}

    file = world.config.store_path / FILE
    before = file.read_bytes()  # which other tests read
    yield verify
    file.write_bytes(before)


def _write(folder, given):
    schema = pq.read_schema(next(folder.glob("*.parquet")))
    count = len(given["user_id"])
    columns = [
        pa.array(list(given[one.name]), pa.timestamp("us", "UTC") if one.name == "time" else one.type).cast(one.type)
        if one.name in given
        else pa.nulls(count, one.type)
        for one in schema
    ]
    pq.write_table(pa.table(columns, schema=schema), folder / "month-later.parquet")


def test_a_campaign_of_the_operators_own_is_seen_to_have_worked(site, world, verified):
    ann, bob = site.open("ann"), site.open("bob")
    ann.goto("/ui/campaigns/new?stage=loyal,active")
    ann.fill("#name", "stay_a_while")
    ann.fill("#title", "Stay a while")
    ann.fill("#holdout", "50")
    ann.click("form.stack button")
    name = opened_draft(ann)
    bob.goto(f"/ui/campaigns/{name}")
    bob.click("button:has-text('Approve')")
    ann.reload()
    assert exported(ann, "csv").count()
    run = open_run(world.config.store_path, name)
    ordered = verified(run, "stay_a_while")
    # What the operator reads.
    ann.click("nav a:has-text('Verification')")
    told = ann.locator("section", has_text="Stay a while").filter(has=ann.locator("h2 a")).first
    text = told.inner_text()
    assert "worked" in text and "did harm" not in text, text
    churn = told.locator("tr", has_text="Left (share)").locator("td").all_inner_texts()[:2]
    for shown, (came, of) in zip(churn, (ordered[TREATMENT], ordered[HOLDOUT]), strict=True):
        assert abs(float(shown.split()[0]) - 100 * (1 - came / of)) < 3, "weighed by what was known before"
    told.locator("h2 a").first.click()
    ann.wait_for_url(f"**/campaigns/{name}")
    assert "worked" in ann.locator("section", has_text="What came of it").inner_text()
