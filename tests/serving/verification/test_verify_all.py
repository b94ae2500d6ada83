"""The job behind `holdfast verify`: what it keeps, and that a part of the campaigns leaves the whole alone."""

import json

import pytest

from features.config import load
from features.user_base import opened
from serving.verification.verify_all import NobodyAssigned, verify_all

USERS = range(120)
TOML = """\
[engine]
threads = 1
[tables.orders]
path = "orders.csv"
[tables.assignments]
path = "assignments.csv"
[churn]
horizon_days = 30
"""


@pytest.fixture
def shop(tmp_path):
    """A shop with two trials on the same users."""
    orders = [(user, "2026-01-05") for user in USERS] + [(0, "2026-05-01")]
    lines = ["user_id,time,amount", *(f"{user},{day},10" for user, day in orders)]
    (tmp_path / "orders.csv").write_text("\n".join(lines))
    arms = ("treatment", "holdout")
    rows = [f"{user},2026-02-10,{name},{arms[user % 2]}" for user in USERS for name in ("a", "b")]
    (tmp_path / "assignments.csv").write_text("\n".join(["user_id,time,campaign_id,arm", *rows]))
    (tmp_path / "holdfast.toml").write_text(TOML)
    return tmp_path


def test_all_campaigns_are_kept_and_some_of_them_leave_what_is_known_of_the_others(shop):
    with opened(load(shop / "holdfast.toml")) as base:
        whole = verify_all(base)
        assert {one.campaign_id for one in whole.found} == {"a", "b"} and {*whole.reports} == {"en", "zh"}
        store = base.config.store_path / "verification"
        before = (store / "verified.json").read_bytes()
        assert whole.save_rates == store / "save_rates.json"
        assert {one["campaign_id"] for one in json.loads(before)["plays"]} == {"a", "b"}
        part = verify_all(base, ["a"])
        assert [one.campaign_id for one in part.found] == ["a"] and part.save_rates is None
        assert (store / "verified.json").read_bytes() == before


def test_where_nobody_was_assigned_it_says_so(shop):
    toml = (shop / "holdfast.toml").read_text()
    (shop / "holdfast.toml").write_text(toml.replace('[tables.assignments]\npath = "assignments.csv"\n', ""))
    with opened(load(shop / "holdfast.toml")) as base, pytest.raises(NobodyAssigned, match="nobody was assigned yet"):
        verify_all(base)
