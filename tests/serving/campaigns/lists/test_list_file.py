"""A list as a file is whole or not there, the same users in each format, and no formula for a spreadsheet."""

import csv
import json

import pyarrow.parquet as pq
import pytest

from features.config import load
from features.errors import BadInput
from features.user_base import opened
from serving.batch.snapshot import latest
from serving.campaigns.lists.list_file import FORMATS, write
from serving.campaigns.lists.user_list import Wanted


@pytest.fixture
def written(campaign_base):
    """written(form, wanted): the file of a list, and how many users it says to hold."""

    def run(form, wanted):
        file = campaign_base / "made" / f"list.{form}"
        with opened(load(campaign_base / "holdfast.toml")) as base:
            return file, write(base, latest(campaign_base), wanted, form, file)

    return run


def test_each_format_holds_the_same_users(written):
    wanted = Wanted(("stage == 'at_risk'",), most=3)
    files = {form: written(form, wanted) for form in FORMATS}
    assert [count for _, count in files.values()] == [3, 3, 3]
    with files["csv"][0].open(encoding="utf-8", newline="") as lines:
        assert [int(row["user_id"]) for row in csv.DictReader(lines)] == [16, 15, 14]
    lines = files["jsonl"][0].read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["user_id"] for line in lines] == [16, 15, 14]
    assert pq.read_table(files["parquet"][0])["user_id"].to_pylist() == [16, 15, 14]


def test_a_list_of_nobody_has_no_rows(written):
    for form in FORMATS:
        file, count = written(form, Wanted(("value_at_stake > 1000",)))
        assert count == 0 and file.exists()


def test_a_list_that_ends_badly_leaves_the_one_before_and_nothing_else(written, campaign_base):
    file, _ = written("csv", Wanted(most=1))
    before = file.read_bytes()
    with pytest.raises(BadInput):
        written("csv", Wanted(order="luck"))
    assert file.read_bytes() == before and [one.name for one in file.parent.iterdir()] == ["list.csv"]
    assert not list((campaign_base / "tmp").glob("list-*"))


def test_an_unknown_format_is_refused(written):
    with pytest.raises(BadInput, match="--format 'xls'"):
        written("xls", Wanted())
