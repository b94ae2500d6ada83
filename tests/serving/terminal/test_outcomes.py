"""What a person reads of exports and of what came back, in both languages."""

from pathlib import Path
from types import SimpleNamespace

from serving.campaigns.export import Exported
from serving.campaigns.formats.receivers import REASONS
from serving.campaigns.lists.tag_sync import Synced
from serving.campaigns.read_back import Outcome
from serving.terminal.outcomes import LEFT_OUT_ZH, show_after_export, show_exported, show_outcomes, show_synced

SEEN = Outcome("2026-01-03-0123456789", "perks", "email", 1200, 1100, 1000, 300, 20, 1, 0)
UNSEEN = Outcome("2026-01-03-0123456789", "perks", "sms", 9, 0, None, None, None, None, 9)


def exported(**changed):
    told = {"play": "perks", "format": "csv", "which": "full", "rows": {}, "dropped": {}, "left_out": {}, "files": []}
    return Exported(Path("exports/perks-csv-full"), told | changed, changed.get("again", False))


def test_an_export_tells_users_by_channel_and_who_was_left_out_why(capsys):
    one = exported(rows={"email": 1200, "sms": 0}, dropped={"opted_out": 3}, left_out={"no_sender": 2}, files=["x"])
    show_exported(one)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"perks as csv, full list: 1,200 by email; 3 dropped, opted out now; 2 left out, {REASONS['no_sender']}",
        "  in exports/perks-csv-full",
    ]
    show_exported(one, "zh")
    assert "email 1,200 人；3 人去除：现在已退订；2 人未列入：企业微信" in capsys.readouterr().out


def test_an_export_of_nobody_says_that_nothing_was_written(capsys):
    show_exported(exported())
    assert capsys.readouterr().out == "perks as csv, full list: nobody, so nothing was written\n"
    show_exported(exported(again=True), "zh")
    assert "与之前导出的相同" in capsys.readouterr().out


def test_every_reason_for_being_left_out_has_chinese_words():
    assert set(LEFT_OUT_ZH) == set(REASONS)


def test_after_an_export_the_campaign_id_is_named_that_messages_carry(capsys):
    for language in ("en", "zh"):
        show_after_export(SimpleNamespace(name=SEEN.run), language)
        told = capsys.readouterr().out
        assert f"'{SEEN.run}/" in told and "'holdfast campaign read-back'" in told and "[tables.messages]" in told


def test_what_came_back_is_a_row_a_channel_and_what_is_not_known_a_dash(capsys):
    show_outcomes([SEEN, UNSEEN])
    told = capsys.readouterr().out
    assert "1,200 │ 1,100 │" in told and "no column of [tables.messages] tells" in told
    assert "9 users exported more than 7 days ago have no message" in told
    show_outcomes([SEEN], "zh")
    zh = capsys.readouterr().out
    assert "结果回收" in zh and "–" not in zh


def test_before_any_export_the_next_command_is_named(capsys):
    for language in ("en", "zh"):
        show_outcomes([], language)
        assert "'holdfast campaign export'" in capsys.readouterr().out


def test_a_sync_of_tags_tells_users_and_who_was_left_out(capsys):
    done = Synced(Path("tags/x"), {"rows": 1200}, {"no_sender": 2})
    show_synced(done)
    out = capsys.readouterr().out
    assert out.startswith(f"tags of 1,200 users change; 2 left out, {REASONS['no_sender']}\n  in tags/x")
    show_synced(done, "zh")
    assert "1,200 人的标签有变化；2 人未列入：企业微信" in capsys.readouterr().out


def test_a_sync_of_nothing_says_so(capsys):
    show_synced(Synced(None, None, {}))
    assert capsys.readouterr().out == "no tag changed since the sync before, so nothing was written\n"
