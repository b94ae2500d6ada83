"""A run that is stopped, at whatever point: the old snapshot stands, and what was finished is not done again."""

import logging
import multiprocessing
import resource
import signal
import sys
from datetime import timedelta

import pytest

from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables.clean import clean
from features.user_base import UserBase
from serving.batch import buckets
from serving.batch import score as job
from serving.batch.score import score
from serving.batch.snapshot import latest


def test_a_killed_run_leaves_the_old_snapshot_to_its_readers(lightly, own, stopped, as_of):
    stopped.undo()
    old = lightly(as_of=as_of - timedelta(days=1))
    rows = old.table()
    stopped.setattr(job, "write_part", _killed)
    for more in ({}, {"fresh": True, "as_of": as_of - timedelta(days=1)}):
        with pytest.raises(KeyboardInterrupt):
            lightly(**more)
        assert latest(own.store_path) == old and latest(own.store_path).table().equals(rows)


def _killed(*_):
    raise KeyboardInterrupt


def test_a_killed_run_goes_on_behind_its_last_part(lightly, light_rows, own, stopped):
    with pytest.raises(KeyboardInterrupt):
        lightly()
    stopped.undo()
    (part,) = (own.store_path / "snapshots").glob("*/part-0.parquet")
    before = part.stat().st_mtime_ns
    assert lightly().table().equals(light_rows)
    assert part.stat().st_mtime_ns == before


def test_fresh_starts_a_killed_run_over(lightly, light_rows, own, stopped):
    with pytest.raises(KeyboardInterrupt):
        lightly()
    stopped.undo()
    (part,) = (own.store_path / "snapshots").glob("*/part-0.parquet")
    before = part.stat().st_mtime_ns
    assert lightly(fresh=True).table().equals(light_rows)
    assert part.stat().st_mtime_ns > before


def test_parts_of_another_number_of_buckets_are_not_gone_on_with(base, scored, own, stopped):
    with pytest.raises(KeyboardInterrupt):
        scored(digits=1)
    stopped.undo()
    found = scored(digits=0)
    assert found.table().equals(base.snapshot.table())
    assert sorted(file.name for file in found.folder.iterdir() if file.is_file()) == [
        "inputs.json",
        "manifest.json",
        "part-all.json",
        "part-all.parquet",
    ]


def test_nothing_but_the_snapshot_is_left_in_the_store(lightly, own):
    found = lightly()
    assert list((own.store_path / "work").iterdir()) == []
    parts = [f"part-{digit}.{kind}" for digit in "0123456789abcdef" for kind in ("json", "parquet")]
    names = ["inputs.json", "manifest.json", *parts]
    assert sorted(file.name for file in found.folder.iterdir() if file.is_file()) == names


def test_two_jobs_for_one_run_end_with_one_snapshot(lightly, own, light, monkeypatch):
    """The second is a process of its own, started while the first is at its last bucket."""
    context, write_part = multiprocessing.get_context("spawn"), job.write_part
    ours, theirs = context.Pipe()
    second = context.Process(target=score_elsewhere, args=(own, light, theirs))

    def write(folder, prefix, table, about):
        if prefix == "f":
            second.start()
            assert ours.recv().endswith("another job is at this run; waiting until it has finished")
        return write_part(folder, prefix, table, about)

    monkeypatch.setattr(job, "write_part", write)
    first = lightly()
    before = {file: file.stat().st_mtime_ns for file in first.files}
    assert ours.recv() == str(first.folder)
    second.join()
    assert [one.name for one in (own.store_path / "snapshots").iterdir() if one.is_dir()] == [first.run_id]
    assert {file: file.stat().st_mtime_ns for file in first.files} == before


def score_elsewhere(config, model, pipe):
    """Score the same; what is said meanwhile, and where the snapshot is, through the pipe."""

    class Told(logging.Handler):
        def emit(self, record):
            pipe.send(record.getMessage())

    logging.getLogger("serving.batch.lock").addHandler(Told())
    with connect(config) as con:
        pipe.send(str(score(UserBase(config, con, clean(con, config)), model, digits=1).folder))


@pytest.fixture
def fails(lightly, own, as_of):
    """fails(where, name, function): the one line of a run that goes wrong because a function is another; the old
    snapshot stands and nothing half is left."""

    def failed(where, name, function):
        old = lightly(as_of=as_of - timedelta(days=1))
        rows = old.table()
        with pytest.MonkeyPatch.context() as patch, pytest.raises(BadInput) as caught:
            patch.setattr(where, name, function)
            lightly()
        line = str(caught.value)
        assert "\n" not in line
        assert latest(own.store_path) == old and old.table().equals(rows)
        assert not list((own.store_path / "snapshots").glob("*/.*"))
        return line

    return failed


def test_a_full_disk_is_told_and_what_was_finished_is_kept(fails, lightly, light_rows, own):
    """No file may grow beyond some kilobytes from the fourth bucket on."""
    write_part, limits = job.write_part, resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def write(folder, prefix, table, about):
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096 if prefix > "2" else limits[0], limits[1]))
        try:
            return write_part(folder, prefix, table, about)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    line = fails(job, "write_part", write)
    assert (
        f"the snapshot before still stands; see that the tables' files are there and that {own.store_path} can" in line
    )
    kept = {file: file.stat().st_mtime_ns for file in (own.store_path / "snapshots").glob("*/part-[012].parquet")}
    found = lightly()
    before = "stage_before"  # light_rows know no snapshot of an earlier date
    assert found.table().drop(before).equals(light_rows.drop(before))
    mine = {file: at for file, at in kept.items() if file.parent == found.folder}
    assert len(mine) == 3 and all(file.stat().st_mtime_ns == at for file, at in mine.items())


def test_a_snapshot_folder_that_cannot_be_written_is_told(lightly, own):
    own.store_path.mkdir(exist_ok=True)
    (own.store_path / "snapshots").write_text("in the way")
    with pytest.raises(BadInput, match=r"snapshots.*the snapshot before still stands; see that .* can be written"):
        lightly()


def test_a_table_that_vanishes_while_it_is_split_is_told(fails):
    write = buckets._write

    def gone(con, sql, digits, folder):
        write(con, sql.replace('"raw_events"', "read_parquet('/nowhere/events.parquet')"), digits, folder)

    assert "/nowhere/events.parquet" in fails(buckets, "_write", gone)


def test_what_a_killed_run_left_behind_is_swept_away(lightly, own):
    left = own.store_path / "work" / "2025-01-01-abc"
    (left / "rows").mkdir(parents=True)
    left.with_suffix(".lock").touch()
    folder = lightly().folder
    assert list((own.store_path / "work").iterdir()) == []
    assert not list(folder.glob(".*"))


def test_nothing_forks_once_lightgbm_has_run(scored):
    """It would hang: LightGBM's threads are not there in the child."""
    watched = []

    def watch(event, given):
        if watched and event in ("os.fork", "os.forkpty", "os.posix_spawn", "subprocess.Popen"):
            watched.append(event)

    sys.addaudithook(watch)
    watched.append("from here")
    scored(digits=1)
    found = [*watched]
    watched.clear()
    assert found == ["from here"]
