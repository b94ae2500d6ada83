"""What a person reads of campaign runs."""

from datetime import date

import pytest

from serving.campaigns.ahead import Ahead
from serving.campaigns.export import export
from serving.campaigns.one_user import fates
from serving.campaigns.read_back import Outcome
from serving.campaigns.receipts import approve, cancel
from serving.terminal import campaigns as shown
from tests.serving.campaigns.conftest import Shop
from tests.serving.campaigns.world import AS_OF

TOML = """
[contact]
global_holdout = 0
[contact.channels.email]
[[play]]
name = "rich"
en = "High [bold]value"
zh = "高价值召回"
all = ["value_at_stake >= 6"]
channels = ["email"]
cost = 1.0
budget = 2.0
holdout = 0.000001
until = "2026-03-02"
[[play]]
name = "old"
all = ["value_at_stake >= 0"]
channels = ["email"]
until = "2026-03-01"
"""


@pytest.fixture
def shop(tmp_path):
    one = Shop(tmp_path, TOML, 10, False)
    one.users[9]["consent_marketing"] = None
    yield one
    one.stack.close()


@pytest.fixture
def run(shop):
    return shop.plan()


def cells(line):
    return [cell.strip() for cell in line.replace("┃", "│").split("│") if cell.strip()]


def test_a_run_shows_each_play_with_its_fates_everybody_once_and_where_it_stands(run, capsys):
    shown.show_run(run)
    told = capsys.readouterr().out
    rows = {cells(line)[0]: cells(line)[1:] for line in told.splitlines() if "│" in line}
    assert rows["High [bold]value"][:4] == ["4", "2", "0", "2.00"]
    assert rows["all users, each once"][:4] == ["4", "2", "0", "2.00"]
    assert "did not consent 1" in told and "comes after the budget's end 1" in told
    assert "rich: 2.00 of a budget of 2.00; in order of value_at_stake (the play has no save_rate" in told
    assert "old: ended before this date, and left out" in told
    assert f"{run.name}: a draft by ann; somebody else approves it with 'holdfast campaign approve'" in told


def test_a_run_is_told_in_chinese(run, capsys):
    shown.show_run(run, "zh")
    told = capsys.readouterr().out
    for word in (
        f"活动 {run.name}，截至 2026-03-02 12:00",
        "高价值召回",
        "打法",
        "匹配",
        "未同意接收 1",
        "超出预算 1",
        "全部用户",
    ):
        assert word in told
    assert "did not consent" not in told and "High" not in told


def test_runs_are_listed_with_where_they_stand(shop, run, capsys):
    shown.show_runs([])
    assert capsys.readouterr().out == "no run yet; make one with 'holdfast campaign plan'\n"
    told = []
    for step in (
        lambda: None,
        lambda: approve(run, "bob", AS_OF),
        lambda: export(shop.base, run, "rich", "csv", AS_OF, "eve"),
        lambda: cancel(run, "cid", AS_OF),
    ):
        step()
        shown.show_runs([run])
        told.append(" ".join(capsys.readouterr().out.split()))
    for text, words in zip(
        told, ("a draft by ann", "approved by bob", "exported: rich", "cancelled by cid"), strict=True
    ):
        assert run.name in text and all(word in text for word in words.split())


def test_a_user_is_told_play_by_play(run, capsys):
    for user in (8, 9, 77):
        shown.show_user(run, str(user), fates(run, user))
    shown.show_user(run, "9", fates(run, 9), "zh")
    assert capsys.readouterr().out.splitlines() == [
        f"{run.name}: High [bold]value: written to, email (treatment)",
        f"{run.name}: High [bold]value: did not consent (no_consent)",
        f"{run.name}: no play matched user 77, or nobody has that id",
        f"{run.name}: 高价值召回: 未同意接收 (no_consent)",
    ]


def test_an_export_tells_whom_it_dropped_and_that_nothing_was_sent(shop, run, capsys):
    approve(run, "bob", AS_OF)
    shop.users[8]["consent_marketing"] = False
    base = shop.base
    shown.show_exported(export(base, run, "rich", "csv", AS_OF, "eve"))
    shown.show_exported(export(base, run, "rich", "csv", AS_OF, "eve"))
    first, where, again, _ = capsys.readouterr().out.splitlines()
    assert first == "rich as csv, full list: 1 by email; 1 dropped, did not consent now"
    assert where.endswith("exports/rich-csv-full; nothing was sent") and ", as exported before: 1 by email" in again
    shop.users[7]["consent_marketing"] = False
    shown.show_exported(export(shop.base, run, "rich", "jsonl", AS_OF, "eve"))
    assert capsys.readouterr().out == "rich as jsonl, full list: 2 dropped, did not consent now\n"


def test_outcomes_say_what_is_not_known_and_what_is_late(capsys):
    shown.show_outcomes([])
    assert capsys.readouterr().out.startswith("no list was exported yet")
    shown.show_outcomes([Outcome("r", "p", "email", 1200, 1000, None, 5, 0, 1, 200)])
    told = capsys.readouterr().out
    (row,) = (cells(line) for line in told.splitlines() if "│" in line)
    assert row == ["r", "p", "email", "1,200", "1,000", "–", "5", "0", "1"]
    assert "r/p, email: 200 users exported more than 7 days ago have no message: was the list sent" in " ".join(
        told.split()
    )


def test_the_calendar_is_a_line_a_date(capsys):
    shown.show_calendar([Ahead(date(2026, 2, 17), "spring")], 5)
    shown.show_calendar([], 5)
    assert capsys.readouterr().out == "2026-02-17  spring\nnothing in the next 5 days\n"


def test_notes_and_days_stand_under_the_table(shop, capsys):
    shop.users = None
    shown.show_run(shop.plan(day=0))
    assert "there is no [tables.users], so no consent_marketing: nobody has consented" in " ".join(
        capsys.readouterr().out.split()
    )
