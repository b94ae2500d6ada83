"""The same filter counts on the cube, lists from the snapshot, and makes rules."""

import itertools

import pytest

from features.config.operations.conditions import comparisons
from features.config.sections import Condition
from serving.api.pages.listed import first
from serving.api.pages.people import Filter, asked, sums
from serving.boards.read import read


@pytest.fixture(scope="module")
def cube(store):
    return read(store.snapshot.folder, store.snapshot.manifest["boards"], "cube")


@pytest.fixture(scope="module")
def rows(store):
    return store.snapshot.table().to_pylist()


def those(rows, **given):
    return [row for row in rows if all(row[key] == value for key, value in given.items())]


def test_counts_on_the_cube_are_those_of_the_rows(cube, rows):
    for stage, before in itertools.product({row["stage"] for row in rows}, {row["stage_before"] for row in rows}):
        whom = Filter({"stage": (stage,), "from": (before or "-",)})
        found = those(rows, stage=stage, stage_before=before)
        assert sums(cube, whom)["users"] == len(found)
        assert sums(cube, whom)["scored"] == sum(row["eligible"] for row in found)
        at_stake = sum(row["value_at_stake"] or 0 for row in found)
        assert sums(cube, whom)["value_at_stake"] == pytest.approx(at_stake, abs=1e-3)


@pytest.mark.parametrize(
    "query", [{}, {"stage": "at_risk"}, {"band": "high", "stay": "low"}, {"scored": "1"}, {"from": "-", "stage": "new"}]
)
def test_a_list_holds_who_is_counted_most_at_stake_first(store, cube, query):
    whom = asked(query)
    found = first(store.snapshot, whom, 5000)
    assert len(found) == sums(cube, whom)["users"] == len({row["user_id"] for row in found})
    order = [(-(-1 if row["value_at_stake"] is None else row["value_at_stake"]), row["user_id"]) for row in found]
    assert order == sorted(order)
    assert first(store.snapshot, whom, 5, 3) == found[3:8]  # by the board where it has them


def test_a_filter_is_its_address_again():
    query = {"stage": "new,active", "from": "-", "scored": "1"}
    assert asked(query).query == query
    assert asked({"stage": "", "color": "red"}) == Filter()


def test_a_filter_is_rules_that_a_play_may_have(store):
    whom = asked({"stage": "loyal,active", "band": "high", "scored": "1", "from": "-"})
    comparisons(Condition(all=whom.rules), "test", store.config.playbook_names)
    assert Filter(tag="vip").rules == ["tag:vip == true"]
    assert whom.rules == ["stage in ('loyal', 'active')", "risk_band == 'high'", "churn_risk >= 0"]


def test_a_name_with_commas_or_backslashes_is_one_name_of_the_address():
    whom = Filter({"band": ("a,b", "c\\", "\\,"), "stage": ("new",)}, tag="x,y")
    assert asked(whom.query) == whom and asked({"stage": "new,active"}).values["stage"] == ("new", "active")
