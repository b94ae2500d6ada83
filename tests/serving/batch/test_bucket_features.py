"""What a bucket is scored from is what its users have by themselves, whoever builds it and however the base is cut."""

from datetime import timedelta

import numpy as np
import pytest

from features.build import build, known
from features.build.look_up import look_up, prepare
from features.catalogue.feature import parse
from features.config import Lifecycle
from features.config.sections import Condition
from features.user_base import UserBase
from serving.batch import bucket_features
from serving.batch.bucket_features import on_duckdb, populations, required_features
from serving.batch.part import prefix_of, prefixes

FEATURES = ("order_count_30d", "silence_to_shrunk", "event_count_90d", "order_amount_90d", "plan", "gap_mean")
RULE = Lifecycle(healthy=Condition(all=["order_count_30d >= 1", "silence_to_shrunk < 3"]))  # depends on everybody


@pytest.fixture(scope="module")
def config(base):
    return base.config.model_copy(update={"lifecycle": RULE})


@pytest.fixture(scope="module")
def wanted(config):
    return required_features(config, FEATURES)


@pytest.fixture(scope="module")
def dates(base, config, wanted, as_of):
    return populations(UserBase(config, base.con, base.tables), as_of, wanted)


@pytest.fixture(scope="module")
def everybody(base, config, as_of):
    return known(UserBase(config, base.con, base.tables), as_of)


@pytest.fixture(scope="module")
def users(base, everybody):
    return base.con.to_pyarrow(everybody.order_by("user_id"))


@pytest.fixture(scope="module")
def alone(base, config, wanted, users, as_of):
    """The features of everybody, asked for by name and at once."""
    columns = [parse(name) for name in wanted.columns]
    return build(UserBase(config, base.con, base.tables), as_of, columns, users).sort_by("user_id")


def test_what_is_asked_for_is_what_model_snapshot_and_stages_need(wanted):
    assert {*FEATURES, *bucket_features.NEEDED} <= {*wanted.columns}
    assert {"order_count_30d", "silence_to_shrunk"} == {*wanted.looks}
    assert {"days_since_active", *wanted.looks} <= {*wanted.now} <= {*wanted.columns}


def test_the_population_of_earlier_weeks_is_measured_only_where_rules_depend_on_it(base, dates, as_of):
    assert [date.cutoff for date in dates] == [as_of - timedelta(days=7 * week) for week in range(9)]
    assert all(date.users > 500 for date in dates)
    plain = required_features(base.config, ())
    found = populations(base, as_of, plain)
    assert found[0] == dates[0] and {date.users for date in found[1:]} == {0}


@pytest.mark.parametrize("digits", [0, 1])
def test_a_bucket_has_the_features_that_its_users_have_in_the_whole_base(
    base, config, everybody, wanted, dates, alone, digits, tmp_path
):
    find = on_duckdb(UserBase(config, base.con, base.tables), everybody, wanted, dates, digits, tmp_path)
    for prefix in prefixes(digits)[:3]:
        mine = np.array([prefix_of(user, digits) == prefix for user in alone["user_id"].to_pylist()])
        assert find(prefix).features.equals(alone.filter(mine))


@pytest.mark.parametrize("digits", [0, 1])
def test_stages_are_told_from_what_the_whole_base_says_of_each_week(
    base, config, everybody, wanted, dates, users, digits, tmp_path
):
    find = on_duckdb(UserBase(config, base.con, base.tables), everybody, wanted, dates, digits, tmp_path)
    prefix = prefixes(digits)[-1]
    found = find(prefix)
    mine = users.filter(np.array([prefix_of(user, digits) == prefix for user in users["user_id"].to_pylist()]))
    looks = prepare(UserBase(config, base.con, base.tables), wanted.looks)
    for week in (1, 8):
        at = dates[0].cutoff - timedelta(days=7 * week)
        expected = look_up(UserBase(config, base.con, base.tables), at, mine, looks)
        assert_same(found.weeks[week - 1], expected)
    assert_same({name: found.now[name] for name in ("order_count_30d", "days_since_active")}, found.features)


def assert_same(found, expected):
    for name in found:
        wanted = np.asarray(expected[name], float)
        np.testing.assert_array_equal(np.asarray(found[name], float), wanted)
