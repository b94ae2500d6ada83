"""A run on disk: found by name, checked, read user by user."""

from datetime import datetime

import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.campaigns.run import COLUMNS, open_run, run_name, runs, schema
from tests.serving.campaigns.world import AS_OF


def test_the_name_of_a_run_changes_with_all_that_it_depends_on():
    names = {run_name(at, *parts) for at in (AS_OF, datetime(2026, 1, 1)) for parts in (("a", "b"), ("ab", ""), ("a",))}
    assert len(names) == 6 and all(name[:10] in ("2026-03-02", "2026-01-01") for name in names)


def test_runs_are_found_the_newest_first_and_by_name(shop):
    one = shop(users=5)
    with pytest.raises(BadInput, match="no run yet; make one with 'holdfast campaign plan'"):
        open_run(one.store, "latest")
    assert runs(one.store) == []
    second, first = one.plan(day=1), one.plan(day=0)
    third = one.plan(day=0)  # the tables changed meanwhile
    assert [run.name for run in runs(one.store)] == [second.name, third.name, first.name]
    assert open_run(one.store, "latest") == second and open_run(one.store, first.name) == first
    for name in ("../snapshots", "2026-03-02-ffffffffff", "", "2026"):
        with pytest.raises(BadInput, match="no finished run of that name"):
            open_run(one.store, name)


def test_an_unfinished_or_damaged_run_is_none(shop):
    one = shop(users=5)
    first, second = one.plan(day=0), one.plan(day=1)
    (second.folder / "manifest.json").write_text("{}")
    assert runs(one.store) == [first]
    with pytest.raises(BadInput, match="manifest.json: damaged or unreadable"):
        open_run(one.store, second.name)
    (second.folder / "manifest.json").unlink()
    with pytest.raises(BadInput, match="no finished run of that name"):
        open_run(one.store, second.name)


def test_a_run_tells_its_plays_lists_and_users(shop):
    one = shop(users=20)
    run = one.plan(digits=1)
    assert run.as_of == AS_OF and [*run.plays] == ["p"] and len(run.files) == 16
    assert run.look_up([3, 99, "3"])["user_id"].to_pylist() == [3]
    assert run.list_file("p").name == "full.parquet"
    with pytest.raises(BadInput, match="no play 'q'"):
        run.list_file("q")
    run.verify()
    (run.folder / "assignments" / "part-7.parquet").unlink()
    with pytest.raises(BadInput, match="part-7.parquet: damaged or not there"):
        run.verify()


@pytest.mark.parametrize(
    ("text", "whole", "words"), [("7", 7, "7"), ("-7", -7, "-7"), ("07x", "07x", "07x"), ("9" * 19, "9" * 19, "9" * 19)]
)
def test_an_id_is_read_as_the_run_has_it(shop, text, whole, words):
    assert shop(users=2).plan().id_of(text) == whole
    assert shop(users=2, text=True).plan().id_of(text) == words


def test_every_column_says_what_it_means():
    made = schema(pa.string())
    assert made.names == ["user_id", *COLUMNS] and all(made.field(name).metadata[b"meaning"] for name in COLUMNS)
