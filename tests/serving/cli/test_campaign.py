"""`holdfast campaign …`: from plan to read-back on a small base, and each verb's bad ends in one line."""

import json

import pyarrow.parquet as pq
import pytest


@pytest.fixture
def shop(campaign_base, monkeypatch):
    monkeypatch.chdir(campaign_base)
    return campaign_base


@pytest.fixture
def planned(shop, holdfast):
    """A run by ann, as its JSON."""
    assert holdfast("campaign", "plan", "--by", "ann", "--json", "run.json").code == 0
    return json.loads((shop / "run.json").read_text(encoding="utf-8"))


@pytest.fixture
def approved(planned, holdfast):
    assert holdfast("campaign", "approve", "--by", "ben").code == 0
    return planned


def bad(found, *told):
    """It ended with one line that says all of this."""
    assert (found.code, found.err.count("\n")) == (2, 1) and found.err.startswith("holdfast: ")
    assert all(one in found.err for one in told), found.err
    return True


def test_a_plan_is_told_and_written_and_the_next_command_named(shop, holdfast):
    found = holdfast("campaign", "plan", "--by", "ann", "--json", "made/run.json")
    run = json.loads((shop / "made" / "run.json").read_text(encoding="utf-8"))
    assert (found.code, found.err) == (0, "") and "wrote made/run.json" in found.out
    assert f"'holdfast campaign approve {run['run']} --by NAME'" in found.out
    perks = run["plays"][0]
    assert set(run) >= {"run", "as_of", "plays"} and set(perks) >= {"name", "matched", "fates", "cost"}
    assert (perks["name"], perks["matched"], perks["fates"]["no_consent"], perks["fates"]["opted_out"]) == (
        "perks",
        12,
        1,
        1,
    )
    assert all(sum(one["fates"].values()) == one["matched"] for one in run["plays"])


def test_planned_again_it_is_the_same_run(planned, shop, holdfast):
    holdfast("campaign", "plan", "--by", "somebody else", "--json", "again.json")
    assert json.loads((shop / "again.json").read_text(encoding="utf-8")) == planned
    listed = holdfast("campaign", "show", "--all").out
    assert listed.count(planned["run"]) == 1 and "ann" in listed and "somebody else" not in listed


def test_a_run_is_shown_as_it_was_planned_in_both_languages(planned, shop, holdfast):
    told, zh = holdfast("campaign", "show", "--json", "shown.json"), holdfast("campaign", "show", "--language", "zh")
    assert json.loads((shop / "shown.json").read_text(encoding="utf-8")) == planned
    assert "Perks for the loyal" in told.out and "1 did not consent; 1 opted out" in told.out
    assert "忠诚礼遇" in zh.out and "未同意接收 1 人；已退订 1 人" in zh.out and "written" not in zh.out


def test_one_user_is_told_by_id(planned, holdfast):
    assert "  Perks for the loyal: did not consent\n" in holdfast("campaign", "show", "--user", "1").out
    assert "  忠诚礼遇：已退订\n" in holdfast("campaign", "show", "--user", "2", "--language", "zh").out
    assert "no play matched user 99" in holdfast("campaign", "show", "--user", "99").out


def test_who_planned_does_not_approve_and_unapproved_nothing_leaves(planned, shop, holdfast):
    assert bad(holdfast("campaign", "approve", "--by", "ann"), "'ann' drafted it", "--by NAME")
    assert bad(holdfast("campaign", "export"), "not approved", "holdfast campaign approve")
    assert not list(shop.rglob("part-0001*"))


def test_an_approval_is_told_with_the_next_command(planned, holdfast):
    found = holdfast("campaign", "approve", planned["run"], "--by", "ben")
    assert found.out == (
        f"{planned['run']}: approved by ben; write its lists with 'holdfast campaign export {planned['run']}'\n"
    )
    assert bad(holdfast("campaign", "approve", "--by", "cleo"), "approved already, by ben")


def test_every_list_is_exported_and_nobody_who_is_held_back(approved, shop, holdfast):
    found = holdfast("campaign", "export", "--format", "jsonl", "--language", "zh")
    lines = [line for file in shop.rglob("part-0001.jsonl") for line in file.read_text("utf-8").splitlines()]
    treated = sum(one["fates"]["treatment"] for one in approved["plays"])
    assert (found.code, len(lines)) == (0, treated) and f"{approved['run']}/打法名" in found.out
    again = holdfast("campaign", "export", "--play", "perks", "--format", "jsonl")
    assert "perks as jsonl, full list, as exported before: " in again.out


def test_what_came_back_is_told_and_both_arms_are_written(approved, shop, holdfast):
    before = holdfast("campaign", "read-back")
    assert "no list was exported yet" in before.out and not list(shop.rglob("assignments.parquet"))
    holdfast("campaign", "export", "--play", "perks")
    found = holdfast("campaign", "read-back", "--json", "came.json")
    arms = pq.read_table(next(shop.rglob("assignments.parquet")))["arm"].to_pylist()
    fates = approved["plays"][0]["fates"]
    assert {arm: arms.count(arm) for arm in arms} == {arm: fates[arm] for arm in ("treatment", "holdout") if fates[arm]}
    one = json.loads((shop / "came.json").read_text("utf-8"))["outcomes"][0]
    assert (one["play"], one["exported"], one["sent"]) == ("perks", fates["treatment"], 0) and found.code == 0
    assert "结果回收" in holdfast("campaign", "read-back", "--language", "zh").out


def test_of_a_cancelled_run_nothing_leaves(approved, holdfast):
    assert holdfast("campaign", "cancel", "--by", "cleo").out == f"{approved['run']}: cancelled by cleo\n"
    assert bad(holdfast("campaign", "export"), "cancelled by cleo")
    assert bad(holdfast("campaign", "cancel"), "cancelled already, by cleo")


def test_what_was_exported_before_a_cancellation_is_told(approved, holdfast):
    holdfast("campaign", "export", "--play", "perks")
    assert "已由 cleo 取消；此前已导出：perks" in holdfast("campaign", "cancel", "--by", "cleo", "--language", "zh").out


def test_the_calendar_tells_that_there_is_nothing(shop, holdfast):
    assert holdfast("campaign", "calendar", "--days", "7").out == "nothing in the next 7 days\n"
    assert holdfast("campaign", "calendar", "--days", "7", "--language", "zh").out == "未来 7 天没有安排\n"


@pytest.mark.parametrize("verb", ["show", "approve", "export", "cancel"])
def test_without_a_run_each_verb_says_how_to_make_one(shop, holdfast, verb):
    assert bad(holdfast("campaign", verb), "no run yet", "'holdfast campaign plan'")
    assert "no run yet" in holdfast("campaign", "show", "--all").out


@pytest.mark.parametrize("verb", ["plan", "show", "approve", "export", "cancel", "read-back", "calendar"])
def test_a_language_that_there_is_not_is_refused_by_every_verb(planned, holdfast, verb):
    assert bad(holdfast("campaign", verb, "--language", "fr"), "--language 'fr': write en or zh")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--play", "perk"), "no play 'perk'; did you mean 'perks'?"),
        (("--format", "xls"), "format 'xls': unknown"),
        (("--list", "new"), "--list 'new'"),
    ],
)
def test_what_cannot_be_exported_is_refused(approved, holdfast, given, told):
    assert bad(holdfast("campaign", "export", *given), told)


def test_a_playbook_without_plays_says_how_to_get_one(shop, holdfast):
    text = (shop / "holdfast.toml").read_text(encoding="utf-8")
    (shop / "holdfast.toml").write_text(text.partition("[[play]]")[0], encoding="utf-8")
    assert bad(holdfast("campaign", "plan"), "no [[play]]", "'holdfast init --playbook'")
