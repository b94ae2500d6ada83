import json
from datetime import datetime

import pyarrow as pa

from features.groups.lifecycle import ABSENT, Placed, names
from serving.reports.work.stage_counts import counted, of_plain, rows_of

AT = [datetime(2026, 1, 1), datetime(2026, 1, 11)]


def placed(at, **stages):
    columns = {"user_id": list(stages), "stage": list(stages.values())}
    columns |= {"healthy": [one == "active" for one in stages.values()], "eligible": [True] * len(stages)}
    return Placed(at, pa.table(columns), False)


def test_counts_of_parts_go_through_json_and_add_up_to_those_of_all(base):
    config = base.config
    parts = [
        [placed(AT[0], a="active"), placed(AT[1], a="inactive", b="active")],
        [placed(AT[0], c="active"), placed(AT[1], c="active")],
    ]
    one, other = (of_plain(json.loads(json.dumps(counted(config, part).plain())), AT) for part in parts)
    everybody = [placed(AT[0], a="active", c="active"), placed(AT[1], a="inactive", b="active", c="active")]
    found, expected = one + other, counted(config, everybody)
    assert found.tallies == expected.tallies and found.flows == expected.flows
    assert found.flows[0].counts[ABSENT, "active"] == 1 and found.tallies[1].users == 3
    assert found.days == expected.days and found.days["active"] == (20.0, 2)
    assert {*found.days} == {*names(config)}


def test_rows_tell_their_date():
    assert {one.replace(tzinfo=None) for one in rows_of(placed(AT[1], a="active"))["as_of"].to_pylist()} == {AT[1]}
