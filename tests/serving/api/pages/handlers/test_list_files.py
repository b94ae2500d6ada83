"""A list as a file holds everybody of the list, in the columns of ``holdfast list``, and is noted."""

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from serving.api.pages.audit import FILE
from serving.campaigns.lists.user_list import SHOWN

ADDRESS = "/ui/list/{}?stage=at_risk&scored=1"


@pytest.fixture
def wanted(store):
    return [row for row in store.snapshot.table().to_pylist() if row["stage"] == "at_risk" and row["eligible"]]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_file_holds_whom_the_list_counts(site, wanted, form):
    answer = site.get(ADDRESS.format(form), headers={"accept-language": "en"})
    assert f"list-at_risk-1-2025-12-31.{form}" in answer.headers["content-disposition"]
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
    elif form == "jsonl":
        rows = [json.loads(line) for line in answer.text.splitlines()]
    else:
        rows = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    assert list(rows[0]) == ["user_id", *SHOWN, "reasons"] and rows[0]["reasons"]
    assert sorted(int(row["user_id"]) for row in rows) == sorted(row["user_id"] for row in wanted)
    told = {int(row["user_id"]): float(row["value_at_stake"]) for row in rows}
    assert told == pytest.approx({row["user_id"]: row["value_at_stake"] for row in wanted})


def test_a_download_is_noted_with_how_many(site, store, wanted):
    site.get(ADDRESS.format("csv"))
    line = json.loads((store.config.store_path / FILE).read_text().splitlines()[-1])
    assert (line["what"], line["count"], line["target"]) == ("list downloaded", len(wanted), "csv")
    assert line["filter"] == {"stage": "at_risk", "scored": "1"}


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_list_of_nobody_is_a_file_that_can_be_read(site, form):
    content = site.get(f"/ui/list/{form}?stage=nothing").content
    if form == "parquet":
        assert pq.read_table(io.BytesIO(content)).num_rows == 0
    else:
        assert content.decode().count("\n") == (form == "csv")


def test_another_format_and_an_unknown_snapshot_are_said(site):
    assert site.get("/ui/list/xlsx").status_code == 404
    assert site.get("/ui/list/csv?at=../../etc").status_code == 404
