"""`holdfast list`: its options are rules, and a wrong one is named before a table is read."""

import json

import pyarrow.parquet as pq
import pytest


@pytest.fixture
def listed(campaign_base, monkeypatch, holdfast):
    """listed(*options): the users of the list by id, and how the program ended."""
    monkeypatch.chdir(campaign_base)

    def run(*options):
        found = holdfast("list", "--format", "jsonl", "--out", "made/list.jsonl", *options)
        assert (found.code, found.err) == (0, "")
        lines = (campaign_base / "made" / "list.jsonl").read_text(encoding="utf-8").splitlines()
        rows = {row["user_id"]: row for row in map(json.loads, lines)}
        assert f"wrote made/list.jsonl: {len(rows)} users of 2026-01-03-abc" in found.out
        return rows

    return run


@pytest.mark.parametrize(
    ("options", "users"),
    [
        ((), range(1, 17)),
        (("--stage", "at_risk"), range(13, 17)),
        (("--stage", "at_risk", "--stage", "loyal"), range(1, 17)),
        (("--from", "loyal", "--to", "at_risk"), range(13, 17)),
        (("--band", "low", "--tier", "high", "--where", "value_at_stake > 14"), (15, 16)),
        (("--band", "high"), ()),
        (("--stage", "loyal", "--most", "2"), (12, 11)),
        (("--most", "2", "--by", "risk"), (16, 15)),
        (("--most", "2", "--by", "rank"), (1, 2)),
    ],
)
def test_options_say_who_is_on_the_list(listed, options, users):
    found = list(listed(*options))
    assert (found if "--most" in options else sorted(found)) == list(users)


def test_a_row_says_why_and_by_which_channel_in_both_languages(listed):
    rows, zh = listed(), listed("--language", "zh")
    assert (rows[3]["channels"], rows[3]["why_not"]) == (["email"], None)
    assert (rows[1]["channels"], rows[1]["why_not"], zh[1]["why_not"]) == ([], "did not consent", "未同意接收")
    assert (rows[2]["why_not"], zh[2]["why_not"]) == ("opted out", "已退订")
    assert rows[3]["reasons"] == ["2 orders in the last 90 days"] and zh[3]["reasons"] != rows[3]["reasons"]


def test_csv_is_the_default_and_parquet_has_the_same_users(campaign_base, monkeypatch, holdfast):
    monkeypatch.chdir(campaign_base)
    assert "wrote list.csv: 4 users" in holdfast("list", "--stage", "at_risk").out
    assert (campaign_base / "list.csv").read_text(encoding="utf-8").count("at_risk") == 4
    holdfast("list", "--stage", "at_risk", "--format", "parquet")
    assert sorted(pq.read_table("list.parquet")["user_id"].to_pylist()) == [13, 14, 15, 16]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--band", "hig"), "--band: 'risk_band' is never 'hig'; did you mean 'high'?"),
        (("--stage", "gone"), "--stage: "),
        (("--segment", "core"), "--segment: "),
        (("--where", "orders >"), "--where: "),
        (("--layer", "rfm"), "--layer 'rfm': write it as LAYER=GROUP"),
        (("--by", "luck"), "--by 'luck'"),
        (("--format", "xls"), "--format 'xls'"),
        (("--language", "fr"), "--language 'fr': write en or zh"),
    ],
)
def test_a_wrong_option_ends_in_one_line_that_names_it(campaign_base, monkeypatch, holdfast, options, told):
    monkeypatch.chdir(campaign_base)
    found = holdfast("list", *options)
    assert (found.code, found.err.count("\n")) == (2, 1) and told in found.err
    assert not list(campaign_base.glob("list*"))


def test_a_wrong_rule_is_told_before_a_table_is_read(campaign_base, monkeypatch, holdfast):
    monkeypatch.chdir(campaign_base)
    (campaign_base / "orders.csv").unlink()
    assert "--band: " in holdfast("list", "--band", "hig").err
