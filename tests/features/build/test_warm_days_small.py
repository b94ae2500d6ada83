"""When days are kept, and what is told where they are not: small logs of one user."""

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.build import build, warm_days
from features.build.warm_days import with_days
from features.catalogue.feature import parse
from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.partials.shelf import on_shelf
from features.tables.clean import clean
from features.user_base import UserBase
from features.wall_clock import instant

NOW = datetime(2026, 6, 1)
TINY = """
[project]
timezone = "Asia/Shanghai"
[store]
partials = true
[tables.events]
path = "events/*.parquet"
[churn]
horizon_days = 30
"""


@pytest.fixture(autouse=True)
def whatever_the_length(monkeypatch):
    monkeypatch.setattr(warm_days, "LEAST", 0)


def tiny(folder, **files):
    """Events of a user by file: times in Shanghai, which is eight hours ahead."""
    (folder / "events").mkdir(exist_ok=True)
    (folder / "holdfast.toml").write_text(TINY)
    for name, times in files.items():
        at = [datetime.fromisoformat(one) for one in times]
        table = pa.table({"user_id": pa.array([7] * len(at), pa.int64()), "time": pa.array(at, pa.timestamp("us"))})
        pq.write_table(table, folder / "events" / f"{name}.parquet")
    return load(folder / "holdfast.toml")


def shelf(config):
    return {file: file.stat().st_mtime_ns for file in (config.store_path / "partials").rglob("*-*-*.parquet")}


def told(config, cutoff, names=("event_count_1d", "event_count_7d", "days_since_event", "event_days_7d")):
    with connect(config) as con:
        base = with_days(UserBase(config, con, clean(con, config, NOW)), [instant(cutoff, "Asia/Shanghai")])
        row = build(base, instant(cutoff, "Asia/Shanghai"), list(map(parse, names))).to_pylist()[0]
        return [row[name] for name in names], bool(base.days)


def test_a_day_is_one_of_the_projects_zone_and_the_cutoff_is_its_end(tmp_path):
    config = tiny(tmp_path, a=["2026-03-01T00:00", "2026-03-01T23:59:59"], b=["2026-03-02T12:00"], c=["2026-03-03"])
    assert told(config, datetime(2026, 3, 3)) == ([1, 3, 0.5, 2], True)
    with_keys = {day: key for one in on_shelf(config.store_path) for day, key in one.keys.items()}
    assert sorted(with_keys) == [(datetime(2026, 3, day) - datetime(1970, 1, 1)).days for day in (1, 2)]
    tiny(tmp_path, late=["2026-03-02T18:00"])
    assert told(config, datetime(2026, 3, 3)) == ([2, 4, 0.25, 2], True)
    now = {day: key for one in shelf_of_newest(config) for day, key in one.keys.items()}
    assert [day for day in now if now[day] != with_keys[day]] == [max(now)]


def shelf_of_newest(config):
    newest = max(on_shelf(config.store_path), key=lambda one: one.file.stat().st_mtime_ns)
    return [newest]


@pytest.mark.parametrize(
    ("cutoff", "why"), [(datetime(2026, 3, 3, 12), "2026-03-03 12:00 is no midnight in Asia/Shanghai")]
)
def test_at_a_cutoff_that_is_no_midnight_rows_are_read_and_a_line_says_so(tmp_path, caplog, cutoff, why):
    config = tiny(tmp_path, a=["2026-03-01T00:00"], b=["2026-03-03T06:00"])
    found, kept = told(config, cutoff)
    assert (found, kept) == ([1, 2, 0.25, 2], False) and why in caplog.text and not shelf(config)


def test_a_table_of_one_file_or_with_times_of_knowledge_is_read_as_without_and_a_line_says_why(tmp_path, caplog):
    config = tiny(tmp_path, a=["2026-03-01T00:00", "2026-03-02T00:00"])
    assert told(config, datetime(2026, 3, 3)) == ([1, 2, 1.0, 2], False)
    assert "tables.events: not used: it is one file" in caplog.text


def test_short_histories_are_read_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(warm_days, "LEAST", 4)
    config = tiny(tmp_path, a=["2026-03-01T00:00"], b=["2026-03-02T00:00", "2026-03-02T00:00"])
    assert told(config, datetime(2026, 3, 3))[1] is False
    tiny(tmp_path, c=["2026-03-02T01:00"])
    assert told(config, datetime(2026, 3, 3))[1] is True


def test_a_damaged_file_is_worked_out_anew_and_a_line_says_so(tmp_path, caplog):
    config = tiny(tmp_path, a=["2026-03-01T00:00"], b=["2026-03-02T12:00"])
    before = told(config, datetime(2026, 3, 3))
    (file,) = shelf(config)
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    assert told(config, datetime(2026, 3, 3)) == before
    assert f"{file} was damaged; its days are worked out anew" in caplog.text
    assert file.read_bytes() == whole
    written = shelf(config)
    assert told(config, datetime(2026, 3, 3)) == before and shelf(config) == written  # nothing is written twice


def test_a_file_that_changes_while_it_is_read_is_told_and_nothing_is_kept(tmp_path, monkeypatch):
    config = tiny(tmp_path, a=["2026-03-01T00:00"], b=["2026-03-02T12:00"])
    with connect(config) as con:
        base = UserBase(config, con, clean(con, config, NOW))
        tiny(tmp_path, b=["2026-03-02T12:00", "2026-03-02T13:00"])
        with pytest.raises(BadInput, match=r"b\.parquet was changed since it was read"):
            with_days(base, [instant(datetime(2026, 3, 3), "Asia/Shanghai")])
    assert not shelf(config)
