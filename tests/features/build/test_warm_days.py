"""Features from what is kept of days: those of a full build, in every row and column, whatever changed since."""

from contextlib import contextmanager
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from features import suppressed
from features.build import build, warm_days
from features.build.feature_table import available
from features.build.population import measure
from features.build.warm_days import with_days
from features.catalogue.feature import FeatureColumn, parse
from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.partials.shelf import on_shelf, without
from features.tables.clean import clean
from features.user_base import UserBase
from features.wall_clock import instant

FIRST, DAYS = datetime(2026, 3, 1), 38  # clocks change on 29 March in Berlin
NOW = datetime(2026, 6, 1)
USERS = 6
TOML = """
[project]
timezone = "{zone}"
[store]
partials = true
[engine]
threads = 1
[tables.events]
path = "events/*.parquet"
[tables.orders]
path = "orders/*.parquet"
refunds = "negative"
[churn]
horizon_days = 30
activity = [{activity}]
[engagement]
kinds = ["view", "buy"]
[funnel]
steps = ["view", "buy"]
[community]
post = "post"
reply = "view"
"""
SCHEMAS = {
    "events": {"event": pa.string(), "value": pa.decimal128(18, 4), "item": pa.string()},
    "orders": {"amount": pa.decimal128(18, 4), "order_id": pa.string(), "items": pa.float64()},
}


@pytest.fixture(autouse=True)
def whatever_the_length(monkeypatch):
    monkeypatch.setattr(warm_days, "LEAST", 0)


@pytest.fixture
def worked_out(monkeypatch):
    """The days that were worked out, by table."""
    found = {}

    def spy(store, table, *rest):
        done = warm(store, table, *rest)
        found[table] = {datetime(1970, 1, 1) + timedelta(days=day) for day in done.worked_out}
        return done

    warm = warm_days.warm
    monkeypatch.setattr(warm_days, "warm", spy)
    return found


class Logs:
    """Files of events and orders, one a day by UTC, in a folder with a configuration."""

    def __init__(self, folder, seed, zone="UTC", activity='"events"'):
        self.folder, self.zone, self.rng = folder, zone, np.random.default_rng(seed)
        self.rows = {(name, day): self.some(name, day, 5) for name in SCHEMAS for day in range(DAYS)}
        (folder / "holdfast.toml").write_text(TOML.format(zone=zone, activity=activity))
        for name, day in self.rows:
            self.write(name, f"{day:03}", self.rows[name, day])

    def some(self, name, day, most):
        """Rows of a day, many of them within a microsecond of its ends."""
        drawn, found = self.rng, []
        for _ in range(int(drawn.integers(0, most)) or (day in (0, DAYS - 1))):
            hours = int(drawn.choice([0, 1, 8, 22, 23, int(drawn.integers(0, 24))]))
            time = FIRST + timedelta(days=day, hours=hours, microseconds=int(drawn.choice([0, 0, 1, 777])))
            row = {"user_id": int(drawn.integers(0, USERS)), "time": time}
            if name == "events":
                row |= {"event": str(drawn.choice(["view", "buy", "post"])), "item": str(drawn.choice(["a", "b"]))}
                row |= {"value": None if drawn.random() < 0.3 else float(drawn.integers(0, 900)) / 100}
            else:
                row |= {"amount": float(drawn.integers(-200, 900)) / 100, "order_id": str(drawn.integers(0, 3))}
                row |= {"items": float(drawn.integers(1, 9))}
            found += [row] * (1 + (drawn.random() < 0.1))
        return found

    def write(self, name, file, rows):
        fields = {"user_id": pa.int64(), "time": pa.timestamp("us", "UTC"), **SCHEMAS[name]}
        at = self.folder / name / f"{file}.parquet"
        at.parent.mkdir(exist_ok=True)
        plain = {one: pa.float64() if pa.types.is_decimal(kind) else kind for one, kind in fields.items()}
        arrays = {one: pa.array([row.get(one) for row in rows], plain[one]).cast(fields[one]) for one in fields}
        pq.write_table(pa.table(arrays), at)
        self.rows[name, int(file)] = rows

    def days_of(self, rows):
        """The days of rows by the zone's clock."""
        from zoneinfo import ZoneInfo

        local = (row["time"].replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.zone)) for row in rows)
        return {datetime(one.year, one.month, one.day) for one in local}

    @contextmanager
    def base(self):
        config = load(self.folder / "holdfast.toml")
        with connect(config) as con:
            yield UserBase(config, con, clean(con, config, NOW))

    def midnight(self, day):
        return instant(FIRST + timedelta(days=day), self.zone)

    def warm(self, day):
        with self.base() as base:
            with_days(base, [self.midnight(day)])

    def both(self, day, part):
        """Features at the beginning of a day, from what is kept and from the rows."""
        cutoff = self.midnight(day)
        with self.base() as base:
            warm = with_days(base, [cutoff])
            assert warm.days.keys() == {"events", "orders"}
            wanted = columns_of(base, part)
            assert measure(warm, cutoff) == measure(base, cutoff)
            return [build(one, cutoff, wanted).sort_by("user_id") for one in (warm, base)]

    @property
    def kept(self):
        return {file.name for file in (self.folder / "store" / "partials").rglob("*-*-*.parquet")}


def columns_of(base, part):
    """A fourth of the features, in one window, of all kinds of event and of one."""
    found = [parse(name) for name in ("event_count_1d", "event_count_365d", "active_days_29h", "order_amount_29h")]
    for number, one in enumerate(available(base.config, base.tables)):
        days = (7.0, 30.0, 14.0)[number % 3] if one.spanned else None
        found += [] if "kind" in one.takes else [FeatureColumn(one, days)]
        found += [] if one.kinds is None else [FeatureColumn(one, days, "view")]
    return list(dict.fromkeys(found))[part % 4 :: 4]


def late_rows(logs, day):
    rows = logs.some("events", day, 4)
    logs.write("events", f"{DAYS + 1}", rows + logs.some("events", day // 2, 4))
    return {"events": logs.days_of(logs.rows["events", DAYS + 1])}


def correction(logs, day):
    before = logs.rows["orders", day]
    logs.write("orders", f"{day:03}", [row | {"amount": row["amount"] + 1} for row in before] + before[:1])
    return {"orders": logs.days_of(before)}


def removed_rows(logs, day):
    before = logs.rows["events", day]
    logs.write("events", f"{day:03}", before[1:])
    return {"events": logs.days_of(before)}


def removed_file(logs, day):
    (logs.folder / "events" / f"{day:03}.parquet").unlink()
    return {"events": logs.days_of(logs.rows["events", day])}


def another_time(logs, day):
    before = logs.rows["events", day]
    logs.write("events", f"{day:03}", [row | {"time": row["time"] - timedelta(days=9)} for row in before])
    return {"events": logs.days_of(before) | logs.days_of(logs.rows["events", day])}


def erased(logs, day):
    """Of the days that the user was there on, files are left without; all others stay."""
    gone = logs.rows["events", day][0]["user_id"]
    suppressed.add(logs.folder / "store", [gone])
    for kept in on_shelf(logs.folder / "store"):
        rows = kept.rows(list(kept.keys))
        without(kept, rows.filter(pc.equal(rows["user_id"], gone))["on"].to_pylist())
    theirs = {name: [row for (one, _), rows in logs.rows.items() if one == name for row in rows] for name in SCHEMAS}
    return {name: logs.days_of(row for row in rows if row["user_id"] == gone) for name, rows in theirs.items()}


CHANGES = [late_rows, correction, removed_rows, removed_file, another_time, erased]


@settings(
    max_examples=2,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    st.integers(0, 99),
    st.sampled_from(CHANGES),
    st.integers(10, DAYS - 4),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai"]),
    st.sampled_from(['"events"', '"orders", "events"', '"events:view"']),
)
@example(1, late_rows, 30, "Europe/Berlin", '"events"')
@example(3, erased, 20, "UTC", '"events"')
def test_the_next_day_has_the_features_of_a_full_build_and_works_out_only_days_that_changed(
    tmp_path_factory, worked_out, seed, change, day, zone, activity
):
    logs = Logs(tmp_path_factory.mktemp("logs"), seed, zone, activity)
    logs.warm(DAYS - 2)
    changed = change(logs, day)
    warm, full = logs.both(DAYS - 1, seed)
    assert warm.column_names == full.column_names
    assert [name for name in full.column_names if not warm[name].equals(full[name])] == []
    last = FIRST + timedelta(days=DAYS - 2)
    for name in SCHEMAS:
        assert last in worked_out[name] <= changed.get(name, set()) | {last}


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
