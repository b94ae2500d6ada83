"""Every column of every input table says what it holds, in which unit, and what a missing value means."""

import ibis
import pytest

from features.catalogue.feature import DERIVED, TABLES
from features.catalogue.input_tables import CONTRACTS, COSTS, DTYPES, OF_USERS

COLUMNS = [(table, column) for table in CONTRACTS.values() for column in table.columns]
every_column = pytest.mark.parametrize("table, column", COLUMNS, ids=[f"{t.name}.{c.name}" for t, c in COLUMNS])


@every_column
def test_a_column_has_a_unit_and_a_meaning_of_null(table, column):
    assert column.unit.strip() and column.null.strip()


@every_column
def test_a_column_is_of_a_known_kind(table, column):
    assert column.kind == "user" or ibis.dtype(DTYPES[column.kind])


@every_column
def test_a_needed_column_is_never_null(table, column):
    # clean() sets rows aside by these words; `users.time` may be null, and then the row is valid always.
    assert not column.needed or column.null == "never: the row is set aside"


@every_column
def test_only_names_have_a_list_of_values(table, column):
    assert not column.values or column.kind == "text"


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
def test_a_table_has_a_meaning_users_times_and_no_name_twice(contract):
    names = [column.name for column in contract.columns]
    assert contract.meaning and len(set(names)) == len(names)
    assert names[:2] == (["time", "channel"] if contract.name == COSTS else ["user_id", "time"])  # costs are of no user
    assert [contract.column(name).name for name in names] == names


def test_money_adds_up_exactly_in_any_order():
    assert ibis.dtype(DTYPES["money"]).is_decimal()


def test_times_carry_no_zone_and_know_microseconds():
    assert ibis.dtype(DTYPES["time"]) == ibis.dtype("timestamp(6)")


def test_features_may_read_every_table_of_users_and_what_is_derived_from_them():
    assert set(TABLES) == {*OF_USERS, *DERIVED} and len(TABLES) == len(OF_USERS) + len(DERIVED)
