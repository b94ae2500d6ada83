"""A copy of a store is of one state, whole, and without what jobs work with."""

import sqlite3
import threading
from contextlib import closing

import pytest

from features.errors import BadInput
from serving.batch.lock import using
from serving.store.copy import copy as copy_store
from serving.store.problems import problems


def test_a_copy_waits_for_jobs_and_holds_all_but_what_they_work_with(copy, tmp_path):
    store, to = copy().store_path, tmp_path / "backup"
    with closing(sqlite3.connect(store / "mlflow.db")) as database:
        database.execute("create table models (name)")
        database.commit()
    begun = threading.Thread(target=copy_store, args=(store, to))
    with using(store):
        begun.start()
        begun.join(0.3)
        assert begun.is_alive() and not to.exists()
    begun.join(20)
    kept = {one.relative_to(store).as_posix() for one in store.rglob("*") if one.is_file()}
    copied = {one.relative_to(to).as_posix() for one in to.rglob("*") if one.is_file()}
    assert kept - copied == {name for name in kept if name.startswith("work/") or name.endswith(".lock")}
    assert problems(to) == [] and copied <= kept


def test_a_folder_that_is_there_or_lies_in_the_store_is_refused(copy, tmp_path):
    store = copy().store_path
    for to, why in ((tmp_path, "is there already"), (store / "backup", "lies in the store itself")):
        with pytest.raises(BadInput, match=why):
            copy_store(store, to)
