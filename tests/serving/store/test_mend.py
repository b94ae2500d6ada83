"""A store that was copied while a job wrote to it comes back to its last whole state."""

import shutil

import pytest

from serving.batch.snapshot import latest
from serving.campaigns.run import runs
from serving.rights.erase import erase
from serving.rights.journal import pending
from serving.store.mend import mend
from serving.store.problems import problems


def test_a_snapshot_that_was_copied_by_half_goes_and_the_one_before_is_the_latest(copy):
    store = copy().store_path
    next((store / "snapshots").glob("2026-01-03-*/part-4.parquet")).unlink()
    assert problems(store)
    done = mend(store)
    assert [one.partition(":")[0].rpartition("/")[2] for one in done] == [
        "2026-01-03-1111111111",
        "the latest snapshot is 2026-01-02-0000000000",
    ]
    assert problems(store) == [] and latest(store).run_id == "2026-01-02-0000000000"


def test_a_pointer_that_was_copied_before_its_snapshot_is_set_right_and_a_sound_store_is_left_alone(copy):
    store = copy().store_path
    assert mend(store) == []
    (store / "snapshots" / "latest").write_text("2026-01-04-later")
    assert mend(store) == ["the latest snapshot is 2026-01-03-1111111111"]


def files(store):
    return sorted(one.relative_to(store).as_posix() for one in store.rglob("*") if one.is_file())


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_copy_that_an_erasure_overtook_is_whole_again_but_for_runs_that_were_exported(copy, planted, tmp_path, share):
    """What stands before the share, by name, is of before the erasure, the rest is of after."""
    config, other = copy(), copy()
    store, to = config.store_path, tmp_path / "copied"
    first = files(store)[: int(share * len(files(store)))]
    for name in first:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(store / name, to / name)
    erase(config, planted.ids, planted.now)
    for name in files(store):
        if name > first[-1]:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(store / name, to / name)
    shutil.rmtree(other.store_path)
    to.rename(other.store_path)
    mend(other.store_path)
    if pending(other.store_path) is not None:
        erase(other, [], planted.now)
    assert [one for one in problems(other.store_path) if "/campaigns/" not in one] == []
    assert latest(other.store_path)


def test_a_run_that_is_not_whole_goes_unless_something_of_it_was_exported(copy):
    store = copy().store_path
    (run,) = runs(store)
    next((run.folder / "assignments").glob("part-*.parquet")).unlink()
    assert mend(store) == [] and run.folder.exists() and problems(store)
    shutil.rmtree(run.folder / "exports")
    (done,) = mend(store)
    assert "nothing of it was exported; plan it anew" in done and not run.folder.exists() and problems(store) == []
