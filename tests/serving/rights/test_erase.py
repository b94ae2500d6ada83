"""After an erasure nothing in the store holds the erased, all else is as it was, and killed or not it ends the same."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features import suppressed, whole_files
from features.errors import BadInput
from features.user_base import opened
from serving.api.pages.audit import FILE, subject
from serving.batch.listing import shelf
from serving.batch.lock import owning, using
from serving.batch.verify import verify
from serving.campaigns.export import allowed
from serving.campaigns.plan import plan
from serving.campaigns.receipts import every_receipt
from serving.campaigns.run import open_run
from serving.rights import journal
from serving.rights.erase import erase


def rows(store: Path) -> dict[str, list]:
    """Rows of every Parquet file, by the name that it had at first."""
    return {
        f"{file.parent.relative_to(store)}/{file.name.partition('~')[0].removesuffix('.parquet')}": pq.read_table(
            file
        ).to_pylist()
        for file in sorted(store.rglob("*.parquet"))
        if file.read_bytes()[:4] == b"PAR1"
    }


def test_no_byte_of_the_store_holds_them_and_other_rows_are_as_they_were(copy, planted, traces):
    config = copy()
    store = config.store_path
    assert len(traces(store)) > 15
    before = rows(store)
    done = erase(config, planted.ids, planted.now)
    assert traces(store) == []
    assert done.users == 4 and {"snapshots", "campaigns", "tags", "quarantine", "layers", "audit"} <= done.rows.keys()
    gone = {
        name for name in before if "unfinished" in name or "/email" in name or name.endswith("app-csv/0001/part-0001")
    }
    wanted = {
        name: [row for row in table if not any("planted" in str(cell) for cell in row.values())]
        for name, table in before.items()
        if name not in gone
    }
    assert rows(store) == wanted


def test_snapshots_and_runs_are_whole_and_the_manifest_counts_who_is_left(copy, planted):
    config = copy()
    order = [one.folder.name for one in shelf(config.store_path)]
    erase(config, planted.ids, planted.now)
    assert [one.folder.name for one in shelf(config.store_path)] == order
    for one in shelf(config.store_path):
        manifest = verify(one.folder).manifest
        assert manifest["users"] == manifest["eligible"] == manifest["counts"]["stage:loyal"] == 36
        assert manifest["erasures"] == [{"at": "2026-01-04T00:00:00", "users": 4}]
    run = open_run(config.store_path, "latest")
    run.verify()
    assert allowed(run, "perks", "full", planted.now, "UTC")["name"] == "perks"  # its approval still holds
    for _, place, receipt in every_receipt(config.store_path):
        assert receipt["taken_away"] == ["email/part-0001.csv"] and not receipt["files"]
        assert not list((place / "email").glob("*"))


def test_their_lists_and_sources_are_named_and_a_record_says_nobody(copy, planted):
    config = copy()
    done = erase(config, planted.ids, planted.now)
    assert [one for one in done.lists if "perks" in one and "csv for email" in one]
    assert [one for one in done.lists if "tags: csv for app" in one]
    assert done.sources == ("tables.orders: orders.csv", "tables.users: users.csv")
    record = whole_files.read_sealed(config.store_path / journal.FOLDER / f"{done.name}.json")
    assert record == {"at": "2026-01-04T00:00:00", "users": 4}


def test_nobody_erased_is_read_from_the_tables_or_planned_for_again(copy, planted, traces):
    config = copy()
    erase(config, planted.ids, planted.now)
    with opened(config) as base:
        assert base.tables.counts["users"].erased == 4 and base.tables.counts["orders"].erased == 9
        assert not set(planted.ids) & set(base.con.to_pyarrow(base.tables["users"])["user_id"].to_pylist())
        snapshot = shelf(config.store_path)[0].snapshot
        run = plan(base, snapshot, "ann")
    assert traces(config.store_path) == []
    assert len(run.look_up(["user-1", *planted.ids])) == 1


def test_an_audit_tells_who_looked_but_no_more_at_whom(copy, planted):
    config = copy()
    erase(config, [planted.ids[3]], planted.now)
    lines = (config.store_path / FILE).read_text().splitlines()
    assert len(lines) == 2 and subject("user-1") in lines[1] and "0" * 64 in lines[0]


def test_others_keep_their_place_when_one_is_erased_and_another_later(copy, planted, traces):
    config = copy()
    erase(config, planted.ids[:1], planted.now)
    erase(config, planted.ids[1:], planted.now)
    assert traces(config.store_path) == []
    assert all(verify(one.folder).manifest["users"] == 36 for one in shelf(config.store_path))


class Killed(BaseException):
    pass


def kill_at(monkeypatch, number: int) -> None:
    """End the process, as far as one can see, before it changes the name of a file, or removes one, the nth time."""
    left = [number]

    def dying(do):
        def step(*given, **more):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return do(*given, **more)

        return step

    for name in ("replace", "unlink"):
        monkeypatch.setattr(Path, name, dying(getattr(Path, name)))


def state(store: Path) -> dict[str, bytes]:
    return {file.relative_to(store).as_posix(): file.read_bytes() for file in store.rglob("*") if file.is_file()}


def test_killed_anywhere_and_done_again_it_ends_the_same(copy, planted):
    config = copy()
    erase(config, planted.ids, planted.now)
    wanted = state(config.store_path)
    killed = 0
    for point in (0, 1, 2, 3, 5, 9, 20, 60, 110):
        other = copy()
        with pytest.MonkeyPatch.context() as patch:
            kill_at(patch, point)
            try:
                erase(other, planted.ids, planted.now)
            except Killed:
                killed += 1
        unfinished = journal.pending(other.store_path) is not None
        if unfinished or not any(
            (other.store_path / journal.FOLDER).glob("2026-*.json")
        ):  # else the kill came too late
            erase(other, [] if unfinished else planted.ids, planted.now)
        assert state(other.store_path) == wanted, point
    assert killed > 6


def test_nobody_to_erase_is_said(copy, planted):
    with pytest.raises(BadInput, match="--user: nobody is named, and no erasure is unfinished"):
        erase(copy(), [], planted.now)


def test_jobs_that_read_the_tables_before_an_erasure_write_nothing_after_it(copy, planted):
    config = copy()
    with opened(config) as base:
        erase(config, planted.ids, planted.now)
        with pytest.raises(BadInput, match="somebody was erased since the tables were read; run it again"):
            base.still_as_read()


def test_an_erasure_has_the_store_alone(tmp_path):
    with using(tmp_path), using(tmp_path):
        pass
    with owning(tmp_path), using(tmp_path):  # what it does itself does not wait for it
        assert suppressed.read(tmp_path).hashes == frozenset()
