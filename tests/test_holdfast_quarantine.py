"""Bad rows on the command line: told by reason where they are few; where they are too many, nothing is written."""

import json

import pyarrow.parquet as pq
import pytest

TOML = """\
[tables.orders]
path = "orders.csv"
[tables.messages]
path = "messages.csv"
[churn]
horizon_days = 30
eligible_days = 60
"""
BAD_ORDERS = {
    ",2026-01-05,5": "user_id is missing",
    "1,,5": "time is missing",
    "1,soon,5": "time is not a time",
    "1,0001-01-01,5": "time is before 1970",
    "1,9999-12-31,5": "time is later than now",
    "1,2026-01-05,NaN": "amount is not a number",
    "1,2026-01-05": "line does not fit the header",
    "1,2026-01-05,\udcfc": "line is not UTF-8 text",
}
BAD_MESSAGES = {
    "1,2026-01-05,,": "channel is missing",
    "1,2026-01-05,mail,2026-01-03": "opened_at is more than a day before time",
}
ORDERS = [f"{user},2026-01-{day + 1:02d},5" for user in range(150) for day in range(0, 30, 2 + user % 9)]
MESSAGES = [f"{user},2026-01-{day + 1:02d},mail," for user in range(150) for day in range(0, 30, 10)]


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """plant(orders, messages): the files with so many of each bad row among the good ones."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "holdfast.toml").write_text(TOML)

    def write(orders=0, messages=0):
        for name, header, good, bad, times in (
            ("orders", "user_id,time,amount", ORDERS, BAD_ORDERS, orders),
            ("messages", "user_id,time,channel,opened_at", MESSAGES, BAD_MESSAGES, messages),
        ):
            text = "\n".join([header, *good, *(row for row in bad for _ in range(times))]) + "\n"
            (tmp_path / f"{name}.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
        return tmp_path

    return write


def told(name, good, bad, times):
    """The line on a table's rows."""
    reasons = ", ".join(f"{times} {reason}" for reason in bad.values())
    count = len(good) + times * len(bad)
    return f"{name}: {count:,} rows = {len(good):,} used + 0 merged + {times * len(bad)} quarantined ({reasons})"


def in_order(line):
    """The line with its reasons by name; those that are as frequent come in the order of the checks."""
    start, _, reasons = line.partition(" (")
    return start, sorted(reasons.rstrip(")").split(", "))


def test_check_and_score_account_for_every_row(plant, holdfast):
    folder = plant(orders=4, messages=3)
    expected = [told("orders", ORDERS, BAD_ORDERS, 4), told("messages", MESSAGES, BAD_MESSAGES, 3)]
    checked, scored = holdfast("check"), holdfast("score")
    assert (checked.code, scored.code) == (1, 0), scored.err  # a gate is red: a month is too short to train on
    for ended in (checked, scored):
        assert list(map(in_order, ended.out.splitlines()[:2])) == list(map(in_order, expected))
    (file,) = folder.glob("store/snapshots/2026-*/manifest.json")
    rows = json.loads(file.read_text())["rows"]
    assert rows["orders"]["reasons"] == dict.fromkeys(BAD_ORDERS.values(), 4)
    assert rows["messages"]["reasons"] == dict.fromkeys(BAD_MESSAGES.values(), 3)
    for name, bad in (("orders", 4 * len(BAD_ORDERS)), ("messages", 3 * len(BAD_MESSAGES))):
        assert pq.read_metadata(folder / "store" / "quarantine" / f"{name}.parquet").num_rows == bad


def test_above_the_share_nothing_is_written_that_anybody_sees(plant, holdfast):
    folder = plant(orders=1)
    assert holdfast("score").code == 0
    snapshots = folder / "store" / "snapshots"
    before = {file: file.read_bytes() for file in snapshots.rglob("*") if file.is_file()}
    plant(orders=1, messages=20)
    ended = holdfast("score")
    kept = folder / "store" / "quarantine" / "messages.parquet"
    assert ended.code == 1 and ended.err.count("\n") == 1
    assert "tables.messages: 40 of 490 rows set aside, more than quality.max_bad_share = 0.05: " in ended.err
    assert str(kept) in ended.err and pq.read_metadata(kept).num_rows == 40
    assert {file: file.read_bytes() for file in snapshots.rglob("*") if file.is_file()} == before
