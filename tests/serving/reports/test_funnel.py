"""The funnel job: counts by hand, groups that leak by construction, attributes not told of the past."""

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.tables.clean import clean
from features.user_base import UserBase
from serving.reports.funnel import SCHEMA, funnel, significant

END = datetime(2025, 6, 1)
TOML = """\
[tables.events]
path = "events.parquet"
[tables.users]
path = "users.parquet"
{users}
[churn]
horizon_days = 30
observed_until = 2025-06-01
[funnel]
{funnel}
"""
STEPS = 'steps = ["visit", "cart", "pay"]\n'


@pytest.fixture
def run(tmp_path):
    """run(users="", funnel=STEPS, as_of=END, days=None): 400 users of whom all visited and half of the plan 'plus', but
    a tenth of the plan 'free', went on to the cart and paid 10 days before the end. Ten more visited 40 days before."""

    def make(users="", given=STEPS, as_of=END, days=None):
        rows = []
        for user in range(400):
            rows.append((user, END - timedelta(days=11), "visit"))
            if user % (2 if user < 200 else 10) == 0:
                rows += [
                    (user, END - timedelta(days=10, hours=-hour), kind) for hour, kind in enumerate(("cart", "pay"))
                ]
        rows += [(user, END - timedelta(days=40), "visit") for user in range(400, 410)]
        rows += [(410, END - timedelta(days=3), "pay")]  # without the steps before it
        who, time, kind = zip(*rows, strict=True)
        pq.write_table(pa.table({"user_id": who, "time": time, "event": kind}), tmp_path / "events.parquet")
        plans = pa.array(["plus" if user < 200 else "free" if user < 400 else None for user in range(411)])
        regions = pa.array([("north", "south", "east")[user % 3] for user in range(411)])
        known = {"user_id": list(range(411)), "plan": plans, "region": regions}
        pq.write_table(
            pa.table(known | {"consent_marketing": [user < 200 for user in range(411)]}), tmp_path / "users.parquet"
        )
        (tmp_path / "holdfast.toml").write_text(TOML.format(users=users, funnel=given))
        config = load(tmp_path / "holdfast.toml")
        with connect(config) as con:
            return funnel(UserBase(config, con, clean(con, config)), as_of, days, tmp_path / "out")

    return make


def test_steps_are_counted_in_the_window_and_only_after_the_one_before(run):
    found = run()
    assert dict(found.users) == {"visit": 400, "cart": 120, "pay": 120}
    assert found.rates[0] == ("visit", 411, 400, 400 / 411)
    assert run(as_of=None).as_of == END
    assert dict(run(days=45).users) == {"visit": 410, "cart": 120, "pay": 120}
    assert dict(run(days=5).users) == {"visit": 0, "cart": 0, "pay": 0}


def test_the_group_that_leaks_is_told_and_the_one_that_does_not_is_not(run):
    found = run()
    assert found.attributes == ["plan", "region"]
    first = found.differences[0]
    assert (first.step, first.attribute, first.group) == ("cart", "plan", "free")
    assert (first.rate, first.rest_rate, first.users) == (0.1, 0.5, 200)
    assert {one.attribute for one in found.differences if significant(one)} == {"plan"}
    assert "region" in {one.attribute for one in found.differences}


def test_a_yes_or_no_tells_groups_where_it_is_named(run):
    found = run(given=STEPS + 'attributes = ["consent_marketing"]')
    groups = {(one.attribute, one.group) for one in found.differences}
    assert groups == {("consent_marketing", group) for group in ("yes", "no")}


def test_the_files_hold_the_funnel_and_every_comparison(run, tmp_path):
    found = run()
    rows = pq.read_table(found.files[0])
    assert rows.schema.equals(SCHEMA, check_metadata=True)
    everybody = [row for row in rows.to_pylist() if row["attribute"] is None]
    assert [(row["step"], row["users"]) for row in everybody] == [("visit", 411), ("cart", 400), ("pay", 120)]
    assert rows.num_rows == 3 + len(found.differences)
    assert found.files[1].read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["funnel.parquet", "funnel.png"]


def test_undated_attributes_are_left_out_of_the_past_or_refused_where_they_are_named(run):
    before = END - timedelta(days=5)
    found = run('fixed = ["region"]', as_of=before)
    assert (found.attributes, found.without) == (["region"], ["plan"])
    with pytest.raises(BadInput, match=r"feature 'plan' as of 2025-05-27 00:00: of users.plan only today's value"):
        run(given=STEPS + 'attributes = ["plan"]', as_of=before)


@pytest.mark.parametrize(
    ("given", "as_of", "says"),
    [
        ("", END, "holdfast.toml: funnel.steps: no step is named; name kinds of event on the way to the goal"),
        (STEPS + 'attributes = ["channel"]', END, "feature 'channel' needs tables.users.columns.channel"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(run, given, as_of, says):
    with pytest.raises(BadInput) as error:
        run(given=given, as_of=as_of)
    assert says in str(error.value) and "\n" not in str(error.value)


def test_without_an_attribute_the_funnel_itself_is_told(run):
    found = run(given=STEPS + "attributes = []")
    assert found.users["cart"] == 120 and found.differences == []
