"""Runs as the API gives them: where they stand, and who is who."""

from datetime import datetime

import pytest

from features import whole_files
from serving.api.routes import campaign_rows
from serving.api.routes.campaign_rows import ids, standing
from serving.campaigns import receipts
from serving.campaigns.run import MANIFEST, VERSION, open_run

NOW = datetime(2026, 3, 2)


@pytest.fixture
def run(tmp_path):
    """A run of which there is the manifest alone."""
    folder = tmp_path / "campaigns" / "2026-03-01-0123456789"
    (folder / receipts.EXPORTS / "p-csv-full").mkdir(parents=True)
    about = {"version": VERSION, "as_of": "2026-03-01T00:00:00", "planned_by": "ann", "files": {}, "plays": []}
    whole_files.write_sealed(folder / MANIFEST, about | {"parts": [], "digits": 0})
    return open_run(tmp_path, folder.name)


def test_an_exported_run_stands_so_until_it_is_cancelled(run):
    assert standing(run) == "draft"
    for which, told in (
        (receipts.APPROVAL, "approved"),
        (f"{receipts.EXPORTS}/p-csv-full/{receipts.RECEIPT}", "exported"),
    ):
        whole_files.write_sealed(run.folder / which, {"by": "bob", "play": "p"})
        assert standing(run) == told
    receipts.cancel(run, "cid", NOW)
    assert standing(run) == "cancelled"


def test_an_id_is_looked_for_as_a_number_and_as_the_text_it_is():
    assert ids("7.0") == (7, "7.0") and ids("7") == (7, "7")
    assert ids("007") == ("007",) and ids("٣") == ("٣",) and ids("a/b") == ("a/b",)


def test_who_was_matched_by_no_play_has_the_fields_of_who_was(inside, planned):
    rows = planned.look_up(range(1, 2001)).to_pylist()
    nothing, something = (
        campaign_rows.unmatched(planned, 1),
        campaign_rows.contact(planned, str(rows[0]["user_id"]), "en"),
    )
    assert nothing.keys() == something.keys() and nothing["standing"] == something["standing"] == "draft"


def test_a_play_without_a_name_in_a_language_is_called_by_its_own(planned):
    first, second = campaign_rows.report(planned)["plays"]
    assert (first["en"], first["zh"]) == ("Worth it", "值得挽回") and second["zh"] == second["name"]
