"""Which days a file holds is told by its content, once."""

from datetime import datetime

import pyarrow as pa
import pytest

from features.engine.duckdb_session import connect
from features.partials import source_files as module
from features.partials.source_files import source_files
from features.places.files import find

TOML = '[project]\ntimezone = "Asia/Shanghai"\n[tables.events]\npath = "events"\n'


def day(number):
    return (datetime(2026, 3, number) - datetime(1970, 1, 1)).days


def rows(*times):
    return pa.table(
        {"user_id": [1] * len(times), "time": pa.array(map(datetime.fromisoformat, times), pa.timestamp("us", "UTC"))}
    )


@pytest.fixture
def read(monkeypatch):
    """The files whose times were read, call by call."""
    found, days = [], module._days
    monkeypatch.setattr(module, "_days", lambda *given: found.append(len(given[-1])) or days(*given))
    return found


def of_days(config, code="1"):
    with connect(config) as con:
        return source_files(con, config, "events", find(config, "events"), code).of_day


def test_days_are_those_of_the_zone_and_are_read_once_a_content(shop, read):
    files = {
        "events/a.parquet": rows("2026-03-01T15:59:59", "2026-03-01T16:00"),
        "events/b.parquet": rows("2026-03-02"),
    }
    config = shop(TOML, **files)
    found = of_days(config)
    assert {one: len(files) for one, files in found.items()} == {day(1): 1, day(2): 2}
    assert of_days(config) == found and read == [2]
    shop(TOML, **{"events/c.parquet": rows("2026-03-05"), "events/a.parquet": rows("2026-03-01")})
    now = of_days(config)
    assert read == [2, 2] and now.keys() == {day(1), day(2), day(5)} and now[day(1)] != found[day(1)]
    (config.store_path / "partials" / "events" / "files.json").write_text("{}")
    assert of_days(config) == now and read == [2, 2, 3]
    assert of_days(config, code="2") == now and read == [2, 2, 3, 3]


def test_a_folder_that_tells_a_value_makes_another_content(shop):
    one = rows("2026-03-01")
    config = shop(TOML, **{"events/item=a/1.parquet": one, "events/item=b/1.parquet": one})
    assert len(of_days(config)[day(1)]) == 2


def reason_against(config, name):
    return module.reason_against(config, name, find(config, name))


def test_a_table_that_days_cannot_tell_says_why(shop):
    one = rows("2026-03-01")
    config = shop(TOML, **{"events/a.parquet": one})
    assert "give a file for each day" in reason_against(config, "events")
    assert reason_against(shop(TOML, **{"events/b.parquet": one}), "events") is None
    config = shop(
        TOML.replace('"events"', '["a.csv", "b.csv"]'), **{"a.csv": "user_id,time\n", "b.csv": "user_id,time\n"}
    )
    assert reason_against(config, "events") == "its files are not Parquet on this machine"
    linked = '[tables.identities]\npath = "i.csv"\n[tables.events]\n'
    linked += 'columns.user_id = { id_type = "card", column = "card" }\n'
    config = shop(TOML.replace("[tables.events]\n", linked), **{"i.csv": "user_id,id_type,id\n"})
    assert reason_against(config, "events") == "identities tell whose its rows are"
