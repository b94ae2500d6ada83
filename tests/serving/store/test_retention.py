"""What is old enough goes, and nothing that is still needed."""

import os
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from features.config.sections import Keep
from features.partials.shelf import on_shelf, put
from serving.api.pages.audit import FILE
from serving.batch.listing import shelf
from serving.store.retention import clear

LATER = datetime(2026, 6, 1)


def keeping(config, **keep):
    return config.model_copy(update={"store": config.store.model_copy(update={"keep": Keep(**keep)})})


def names(found):
    return [one.place.name for one in found]


def test_by_default_everything_stays(copy):
    assert clear(copy(), LATER) == []


def test_old_snapshots_go_but_not_the_latest_nor_the_one_of_a_run_that_stays(copy):
    config = keeping(copy(), snapshots=1)
    assert names(clear(config, LATER, dry_run=True)) == ["2026-01-02-0000000000"]
    assert len(shelf(config.store_path)) == 2
    assert names(clear(config, LATER)) == ["2026-01-02-0000000000"]
    assert [one.folder.name for one in shelf(config.store_path)] == ["2026-01-03-1111111111"]


def test_the_newest_run_stays_however_old(copy):
    assert clear(keeping(copy(), runs_days=1), LATER) == []


def test_rows_set_aside_and_logs_go_by_their_age(copy):
    config = keeping(copy(), quarantine_days=30, logs_days=30)
    store = config.store_path
    old = (LATER - timedelta(days=31)).replace(tzinfo=UTC).timestamp()
    aside = store / "serving" / "audit-2026-01-01T000000.jsonl"
    aside.write_text("{}\n")
    (store / FILE).write_text('{"time":"2026-01-04T00:00:00"}\n')
    for file in (store / "quarantine" / "orders.parquet", aside):
        os.utime(file, (old, old))
    assert names(clear(config, LATER)) == ["orders.parquet", aside.name]
    assert not (store / FILE).exists() and (store / "serving" / "audit-2026-06-01T000000.jsonl").exists()
    assert clear(config, LATER) == []


def test_what_is_kept_of_days_goes_once_no_job_has_used_it_for_long(copy):
    config = copy()
    kept = [
        put(config.store_path, "events", {day: "a" * 24}, pa.table({"on": [day], "user_id": [1]})) for day in (1, 64)
    ]
    os.utime(kept[0].file, ((LATER - timedelta(days=31)).replace(tzinfo=UTC).timestamp(),) * 2)
    os.utime(kept[1].file, ((LATER - timedelta(days=29)).replace(tzinfo=UTC).timestamp(),) * 2)
    assert names(clear(config, LATER)) == [kept[0].file.name] and on_shelf(config.store_path) == kept[1:]
