"""What was begun can be finished, under the name that it had, and then names nobody."""

from datetime import datetime, timedelta

import pytest

from features.errors import BadInput
from serving.rights import journal

AT = datetime(2026, 1, 4, 9, 30)


def test_an_erasure_that_was_stopped_goes_on_with_all_and_ends_without_a_name(tmp_path):
    journal.begin(tmp_path, ["a"], AT)
    begun = journal.more(tmp_path, journal.begin(tmp_path, ["b", "a"], AT + timedelta(days=1)), ["hut"], ["a list"])
    assert (
        journal.pending(tmp_path) == begun == journal.Journal("2026-01-04T09_30_00", ("a", "b"), ("hut",), ("a list",))
    )
    journal.end(tmp_path, begun)
    assert journal.pending(tmp_path) is None
    (file,) = (tmp_path / journal.FOLDER).iterdir()
    assert "2026-01-04T09:30:00" in file.read_text() and "hut" not in file.read_text()


def test_a_damaged_journal_is_told_with_its_cure(tmp_path):
    journal.begin(tmp_path, ["a"], AT)
    (tmp_path / journal.FOLDER / journal.FILE).write_text("{")
    with pytest.raises(BadInput, match="journal.json: damaged; remove it, and erase the same users again"):
        journal.pending(tmp_path)
