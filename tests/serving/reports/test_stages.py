import re
from datetime import timedelta

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.config import Lifecycle
from features.config.sections import Condition
from features.errors import BadInput
from features.groups.lifecycle import ABSENT
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
    for one in found.tallies:
        there = table.filter(pc.equal(table["as_of"].cast("timestamp[us]"), one.at))
        assert there.num_rows == one.users == len(set(there["user_id"].to_pylist()))
        assert {name: there["stage"].to_pylist().count(name) for name in one.stages} == one.stages
        assert sum(there["healthy"].to_pylist()) == one.healthy
    rows = pq.read_table(flow).to_pylist()
    known = [row for row in rows if row["from"] != ABSENT]
    assert sum(row["users"] for row in known) == found.tallies[0].users
    assert sum(row["users"] for row in rows) == found.tallies[1].users
    shown = re.findall(r"<td>([\d,]+)</td>", page.read_text(encoding="utf-8"))
    assert sorted(int(cell.replace(",", "")) for cell in shown) == sorted(row["users"] for row in rows)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_risk_band_counts_at_the_date_of_a_snapshot_and_only_there(base, found):
    assert [one.with_band for one in found.tallies] == [False, True]
    high = base.snapshot.table(["user_id", "risk_band"]).to_pylist()
    high = {row["user_id"] for row in high if row["risk_band"] == "high"}
    last = found.users.filter(pc.equal(found.users["as_of"].cast("timestamp[us]"), found.tallies[1].at))
    stage = {row["user_id"]: row["stage"] for row in last.to_pylist()}
    assert high
    assert {stage[user] for user in high} <= {"at_risk", "new", "resurrected", "lapsed_1", "lapsed_2", "lapsed_3"}


def test_every_stage_of_the_default_ladder_but_the_rarest_has_users(base, found):
    there = {name for name, count in found.tallies[1].stages.items() if count}
    assert {"prospect", "lapsed_1", "lapsed_2", "resurrected", "at_risk", "inactive", "active"} <= there


def test_rules_on_an_undated_region_are_refused_where_a_date_is_earlier(base, tmp_path):
    healthy = Condition(all=["region == 'north'"])
    config = base.config.model_copy(update={"lifecycle": Lifecycle(healthy=healthy)})
    at = dates(UserBase(config, None, base.tables), None, None, None)
    with pytest.raises(BadInput, match=r"feature 'region' as of .*: of users.region only today's value is known"):
        stages(UserBase(config, base.con, base.tables), at, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bucket_by_bucket_everybody_and_every_count_are_the_same(base, found, tmp_path):
    at = [one.at for one in found.tallies]
    split = stages(base, at, tmp_path, digits=1)
    assert split.users.sort_by([("as_of", "ascending"), ("user_id", "ascending")]).equals(
        found.users.sort_by([("as_of", "ascending"), ("user_id", "ascending")])
    )
    assert split.users["user_id"].to_pylist() != found.users["user_id"].to_pylist()
    assert (split.tallies, split.flows) == (found.tallies, found.flows)
    assert split.days == pytest.approx(found.days)
    assert not list((base.config.store_path / "work").glob("stages-*"))
