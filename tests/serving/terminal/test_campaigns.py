"""What a person reads of runs: fates that add up, reasons by size, both languages, 80 columns, the next command."""

import re
from datetime import date, datetime

import pytest
from rich.cells import cell_len
from rich.console import Console

from features.user_base import opened
from serving.batch.snapshot import latest
from serving.campaigns import receipts
from serving.campaigns.ahead import Ahead
from serving.campaigns.fates import REASONS
from serving.campaigns.one_user import fates
from serving.campaigns.plan import plan
from serving.campaigns.run import runs
from serving.terminal import campaigns
from serving.terminal.campaigns import show_calendar, show_plays, show_run, show_runs, show_standing, show_user

NOW = datetime(2026, 1, 4)


@pytest.fixture
def run(campaign_base):
    from features.config import load

    with opened(load(campaign_base / "holdfast.toml")) as base:
        return plan(base, latest(campaign_base), "ann")


def cells(text):
    """The numbers of each row of the table, by the row's name."""
    rows = [line.strip("│ ").split("│") for line in text.splitlines() if line.startswith("│")]
    return {row[0].strip(): [float(one.replace(",", "")) for one in row[1:]] for row in rows}


def test_written_to_held_back_and_others_add_up_to_the_matched(run, capsys):
    show_run(run)
    rows = cells(capsys.readouterr().out)
    assert set(rows) == {"Perks for the loyal", "warning", "all, each once"}
    assert all(matched == written + held + others for matched, written, held, others, _ in rows.values())
    assert rows["Perks for the loyal"][0] == 12 and rows["all, each once"][0] == 16


def test_reasons_stand_below_most_users_first_and_budgets_with_their_size(run, capsys):
    show_run(run)
    told = capsys.readouterr().out
    over = run.report["plays"][1]["fates"]["over_budget"]
    assert over and f"  warning: {over} beyond the budget of 3.00\n" in told
    assert "comes first goes by value_at_stake (the play has no save_rate; nothing is verified yet): warning" in told
    run.report["plays"][0]["fates"] |= {"no_consent": 1, "cooldown": 7, "opted_out": 3}
    show_run(run)
    numbers = re.findall(r"(\d+) ", capsys.readouterr().out.partition("  Perks for the loyal: ")[2].partition("\n")[0])
    assert numbers == sorted(numbers, reverse=True) and numbers[:2] == ["7", "3"]


def test_chinese_has_no_english_sentence(run, capsys):
    show_run(run, "zh")
    told = capsys.readouterr().out
    assert "忠诚礼遇" in told and "超出预算 3.00：" in told and "ann 的草案" in told
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", re.sub(r"'[^']*'", "", told))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_table_fits_a_terminal_of_eighty_columns(run, capsys, monkeypatch, language):
    monkeypatch.setattr(campaigns, "console", lambda: Console(width=80, markup=False, emoji=False, highlight=False))
    for one in run.report["plays"]:
        one["cost"] = 1234567.89
    show_run(run, language)
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("│", "┃"))]
    assert all(cell_len(line.rstrip()) <= 80 for line in table)
    assert not any("…" in line for line in table) and "1,234,567.89" in "".join(table)


def test_notes_and_ended_plays_are_told(run, capsys):
    run.report["ended"].append("old")
    run.manifest["notes"] += ["as runs of before said it", {"en": "email: nobody has consented", "zh": "无人同意"}]
    show_run(run)
    told = capsys.readouterr().out
    assert "old: ended before this date, and left out\n" in told and "note: email: nobody has consented\n" in told
    assert "note: as runs of before said it\n" in told
    show_run(run, "zh")
    assert "注意：无人同意\n" in capsys.readouterr().out


def test_a_newcomer_reads_two_lines_a_play(run, capsys):
    show_plays(run)
    heading, *lines = capsys.readouterr().out.splitlines()
    assert "nothing is sent" in heading and len(lines) == 4
    perks = run.report["plays"][0]["fates"]
    assert lines[0] == (
        f"  Perks for the loyal: of 12 users who match, write to {perks['treatment']}, "
        f"hold back {perks['holdout']} as proof"
    )
    assert lines[1] == "    the others: 1 did not consent · 1 opted out" and " for 2.00, " in lines[2]


def test_a_newcomer_reads_three_reasons_and_the_rest_in_one(run, capsys):
    run.report["plays"][0]["fates"] |= {one.name: place for place, one in enumerate(REASONS, 1)}
    show_plays(run)
    line = capsys.readouterr().out.splitlines()[2]
    assert line.count(" · ") == 3 and line.endswith(f" · {sum(range(1, len(REASONS) - 2))} for other reasons")


def test_one_user_is_told_by_play_with_the_channel_of_who_is_in_an_arm(run, capsys):
    show_user(run, "1", fates(run, 1))
    show_user(run, "5", fates(run, 5), "zh")
    out = capsys.readouterr().out
    assert f"user 1 in run {run.name}, by priority:\n  Perks for the loyal: did not consent\n" in out
    assert re.search(r"  忠诚礼遇：(触达|对照保留)，渠道 email\n", out)


def test_where_a_run_stands_goes_from_draft_to_cancelled(run, capsys):
    def stands(language="en"):
        show_standing(run, language)
        return capsys.readouterr().out

    assert stands() == (
        f"{run.name}: a draft by ann; somebody else approves it with 'holdfast campaign approve {run.name} --by NAME'\n"
    )
    receipts.approve(run, "ben", NOW)
    assert stands() == (
        f"{run.name}: approved by ben; write its lists with 'holdfast campaign export {run.name}'\n"
    ) and "已由 ben 批准" in stands("zh")
    receipts.cancel(run, "cleo", NOW)
    assert stands() == f"{run.name}: cancelled by cleo\n" and stands("zh") == f"{run.name}：已由 cleo 取消\n"


def test_the_list_of_runs_names_who_planned_and_where_each_stands(run, capsys, campaign_base):
    show_runs(runs(campaign_base))
    told = capsys.readouterr().out
    assert run.name in told and "a draft by ann" in told and "approve" not in told
    show_runs(runs(campaign_base), "zh")
    assert "ann 的草案" in capsys.readouterr().out
    show_runs([], "zh")
    assert "holdfast campaign plan" in capsys.readouterr().out


def test_the_calendar_is_a_line_a_date(capsys):
    show_calendar([Ahead(date(2027, 2, 6), "春节")], 90)
    assert capsys.readouterr().out == "2027-02-06  春节\n"
