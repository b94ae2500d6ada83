"""A store that was copied while a job wrote to it comes back to its last whole state."""

from serving.batch.snapshot import latest
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
