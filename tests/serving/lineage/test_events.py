"""An event is as OpenLineage asks, names tables and what was made, and holds nothing of a user."""

import json
from datetime import datetime

from serving.lineage.events import COMPLETE, FAIL, Made, Run, event

AT = datetime(2026, 1, 2, 3, 4, 5, 678000)
RUN = Run("0190c0de-0000-4000-8000-000000000001", "score", ("0190c0de-0000-4000-8000-000000000002", "run"))


def test_a_finished_run_names_tables_with_their_versions_and_what_it_made(base, wrong):
    told = event(base, RUN, COMPLETE, AT, [Made("snapshots", "2026-01-01-abc", 2000)])
    assert wrong(told) == [] and told["eventTime"] == "2026-01-02T03:04:05.678Z"
    assert [one["name"] for one in told["inputs"]] == list(base.tables)
    versions = {one["facets"]["version"]["datasetVersion"] for one in told["inputs"]}
    assert len(versions) == len(told["inputs"]) and "" not in versions
    (made,) = told["outputs"]
    assert made["facets"]["version"]["datasetVersion"] == "2026-01-01-abc"
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 2000
    assert told["run"]["facets"]["holdfast"]["config_hash"] == base.config.hash()
    assert told["run"]["facets"]["parent"]["run"]["runId"] == RUN.part_of[0]
    assert str(base.config.file.parent) not in json.dumps(told)  # where things lie is nobody's business


def test_a_failed_run_says_what_failed_and_not_at_length(base, wrong):
    told = event(base, Run(RUN.id, "run"), FAIL, AT, error="x" * 9999)
    assert wrong(told) == [] and len(told["run"]["facets"]["errorMessage"]["message"]) == 500
    assert "parent" not in told["run"]["facets"] and told["outputs"] == []
