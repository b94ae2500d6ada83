from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import features.simulate as story
from features.simulate import World


@pytest.fixture
def asked(monkeypatch):
    """The worlds and users that the verb asked for; nothing is simulated."""
    found = []
    monkeypatch.setattr(story, "simulate", lambda out, users, *, world, **_: found.append(world) or {"users": users})
    return found


def test_without_options_the_world_is_the_quiet_one_of_old_seeds(tmp_path, asked, holdfast):
    told = holdfast("simulate", "--out", tmp_path / "base", "--users", 5)
    assert (told.code, told.err, asked) == (0, "", [World()])


def test_every_option_reaches_the_world(tmp_path, asked, holdfast):
    drift = ("--drift-day", "2025-06-01", "--hazard-factor", 2, "--arrival-factor", 0.5, "--newcomers", 0.3)
    others = ("--season", "christmas:0.6", "--days-before", 90, "--contact-effects")
    assert holdfast("simulate", "--out", tmp_path, *drift, *others).code == 0
    assert asked == [World("christmas:0.6", date(2025, 6, 1), 2.0, 0.5, 0.3, 90, True)]


WRONG = {"'June' is no day": ("--drift-day", "June"), "season = 'easter'": ("--season", "easter")}
WRONG |= {"name a drift_day": ("--hazard-factor", "2")}


@pytest.mark.parametrize(("words", "options"), WRONG.items())
def test_what_cannot_be_is_one_line_and_writes_nothing(tmp_path, holdfast, words, options):
    told = holdfast("simulate", "--out", tmp_path / "base", *options)
    assert told.code == 2 and told.err.count("\n") <= 1 and words in told.err
    assert not (tmp_path / "base").exists()


def test_messages_are_sent_and_the_base_goes_on(tmp_path, holdfast):
    base, file = tmp_path / "base", tmp_path / "messages.parquet"
    assert holdfast("simulate", "--out", base, "--users", 60, "--days", 60).code == 0
    sent = {
        "user_id": [1, 2],
        "time": [datetime(2026, 1, 2, 9)] * 2,
        "channel": ["sms"] * 2,
        "campaign_id": ["a/b"] * 2,
    }
    pq.write_table(pa.table(sent), file)
    told = holdfast("simulate", "--out", base, "--send", file, "--days", 30)
    assert (told.code, told.err) == (0, "") and "2 messages" in told.out and "for 30 days" in told.out
    assert pq.read_table(base / "messages")["campaign_id"].to_pylist().count("a/b") == 2


def test_messages_that_cannot_be_read_are_told_in_one_line(tmp_path, holdfast):
    told = holdfast("simulate", "--out", tmp_path, "--send", tmp_path / "none.parquet")
    assert told.code == 2 and "none.parquet cannot be read as Parquet; name a file of messages" in told.err
