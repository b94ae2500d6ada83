import re
from datetime import timedelta

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.config import Lifecycle
from features.config.sections import Condition
from features.errors import BadInput
from features.groups.lifecycle import ABSENT, counts
from features.user_base import UserBase
from serving.reports.stages import dates, stages


def test_the_default_dates_are_the_last_four_a_horizon_apart(base):
    end = base.tables.observed_until
    found = dates(base, None, None, None)
    assert found == [end - timedelta(days=30 * back) for back in (3, 2, 1, 0)]


def test_dates_end_at_the_end_and_do_not_begin_before_the_beginning(base):
    end = base.tables.observed_until
    found = dates(base, end - timedelta(days=20), end, 7)
    assert found == [end - timedelta(days=days) for days in (14, 7, 0)]


@pytest.mark.parametrize(
    ("back", "every", "says"),
    [(-1, None, "is not before --to"), (400, 1, "gives 401 dates; there must be 2 to 200"), (5, 10, "gives 1 dates")],
)
def test_dates_that_make_no_flow_are_refused_in_one_line(base, back, every, says):
    end = base.tables.observed_until
    with pytest.raises(BadInput, match=says) as error:
        dates(base, end - timedelta(days=back), end, every)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def found(base, tmp_path_factory):
    at = dates(base, None, None, None)[-2:]
    return stages(base, at, tmp_path_factory.mktemp("stages"))


def test_the_files_hold_everybody_and_the_whole_flow(base, found):
    everybody, flow, page, picture = found.files
    table = pq.read_table(everybody)
    for placed in found.placed:
        there = table.filter(pc.equal(table["as_of"].cast("timestamp[us]"), placed.at))
        assert there.num_rows == len(placed.users) == len(set(there["user_id"].to_pylist()))
    rows = pq.read_table(flow).to_pylist()
    known = [row for row in rows if row["from"] != ABSENT]
    assert sum(row["users"] for row in known) == len(found.placed[0].users)
    assert sum(row["users"] for row in rows) == len(found.placed[1].users)
    shown = re.findall(r"<td>([\d,]+)</td>", page.read_text(encoding="utf-8"))
    assert sorted(int(cell.replace(",", "")) for cell in shown) == sorted(row["users"] for row in rows)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_risk_band_counts_at_the_date_of_a_snapshot_and_only_there(base, found):
    assert [placed.with_band for placed in found.placed] == [False, True]
    high = base.snapshot.table(["user_id", "risk_band"]).to_pylist()
    high = {row["user_id"] for row in high if row["risk_band"] == "high"}
    stage = {row["user_id"]: row["stage"] for row in found.placed[1].users.to_pylist()}
    assert high
    assert {stage[user] for user in high} <= {"at_risk", "new", "resurrected", "lapsed_1", "lapsed_2", "lapsed_3"}


def test_every_stage_of_the_default_ladder_but_the_rarest_has_users(base, found):
    there = {name for name, count in counts(base.config, found.placed[1]).items() if count}
    assert {"prospect", "lapsed_1", "lapsed_2", "resurrected", "at_risk", "inactive", "active"} <= there


def test_rules_on_an_undated_region_are_refused_where_a_date_is_earlier(base, tmp_path):
    healthy = Condition(all=["region == 'north'"])
    config = base.config.model_copy(update={"lifecycle": Lifecycle(healthy=healthy)})
    at = dates(UserBase(config, None, base.tables), None, None, None)
    with pytest.raises(BadInput, match=r"feature 'region' as of .*: of users.region only today's value is known"):
        stages(UserBase(config, base.con, base.tables), at, tmp_path / "out")
    assert not (tmp_path / "out").exists()
