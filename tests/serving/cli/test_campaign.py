"""`holdfast campaign …` from plan to read-back, as a person would, and its bad ends in one line."""

import json

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features.config import load
from tests.serving.campaigns.world import AS_OF, arrow, orders, snapshot

TOML = """
[engine]
threads = 1
[tables.orders]
path = "orders.parquet"
[tables.users]
path = "users.csv"
[churn]
horizon_days = 30
[contact]
global_holdout = 0
blackout = ["2999-01-01"]
[contact.channels.email]
[[play]]
name = "p"
zh = "召回"
all = ["value_at_stake >= 0"]
channels = ["email"]
holdout = 0.3
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """Twenty users in files, and a snapshot."""
    (tmp_path / "holdfast.toml").write_text(TOML, encoding="utf-8")
    pq.write_table(orders(dict.fromkeys(range(20), 3), AS_OF), tmp_path / "orders.parquet")
    users = [{"user_id": user, "consent_marketing": user > 0, "timezone": "Europe/Berlin"} for user in range(20)]
    pyarrow.csv.write_csv(arrow(users), tmp_path / "users.csv")
    snapshot(load(tmp_path / "holdfast.toml"), [{"user_id": user, "value_at_stake": 1.0 * user} for user in range(20)])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_plan_to_read_back(shop, holdfast):
    planned = holdfast("campaign", "plan", "--by", "ann", "--json", "out/report.json")
    assert planned.code == 0, planned.err
    report = json.loads((shop / "out" / "report.json").read_text())
    assert report["plays"][0]["matched"] == 20 and report["plays"][0]["fates"]["no_consent"] == 1
    assert sum(report["plays"][0]["fates"].values()) == 20 and report["run"] in planned.out
    assert "a draft by ann" in holdfast("campaign", "show").out
    assert "did not consent (no_consent)" in holdfast("campaign", "show", "--user", "0").out
    assert "未同意接收" in holdfast("campaign", "show", "--user", "0", "--language", "zh").out
    for more, line in ((["export"], "not approved"), (["approve", "--by", "ann"], "who drafts does not approve")):
        found = holdfast("campaign", *more)
        assert (found.code, found.err.count("\n")) == (2, 1) and line in found.err
    assert "approved by bob" in holdfast("campaign", "approve", "--by", "bob").out
    exported = holdfast("campaign", "export", "--format", "jsonl", "--by", "eve")
    count = report["plays"][0]["fates"]["treatment"]
    assert exported.code == 0 and f"p as jsonl, full list: {count} by email" in exported.out
    back = holdfast("campaign", "read-back", "--json", "back.json")
    assert back.code == 0 and json.loads((shop / "back.json").read_text())["outcomes"][0]["exported"] == count
    rows = pq.read_table(shop / "store" / "campaigns" / "assignments.parquet").to_pylist()
    assert len(rows) == 19 and {row["arm"] for row in rows} == {"treatment", "holdout"}
    cancelled = holdfast("campaign", "cancel", "--by", "cid")
    assert "cancelled by cid; 1 lists had been exported before" in cancelled.out
    assert "cancelled by cid" in holdfast("campaign", "export", "--format", "csv").err
    assert report["run"] in holdfast("campaign", "show", "--all").out


def test_the_calendar_needs_no_tables(shop, holdfast):
    (shop / "users.csv").unlink()
    found = holdfast("campaign", "calendar", "--days", "30")
    assert (found.code, found.out) == (0, "nothing in the next 30 days\n")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (["show"], "no run yet; make one with 'holdfast campaign plan'"),
        (["show", "../../etc"], "no finished run of that name"),
        (["plan", "--snapshot", "2020-01-01-nope"], "2020-01-01-nope"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(shop, holdfast, given, line):
    found = holdfast("campaign", *given)
    assert (found.code, found.err.count("\n")) == (2, 1) and line in found.err


def test_a_language_that_is_none_is_refused(shop, holdfast):
    found = holdfast("campaign", "plan", "--language", "fr")
    assert found.code == 2 and "'fr' is not en or zh" in found.err
    assert not (shop / "store" / "campaigns").exists()
