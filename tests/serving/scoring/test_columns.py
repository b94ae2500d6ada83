"""The table of the snapshot's columns: all that follows from it says the same of each of them."""

import pyarrow as pa
import pytest

from features.config.operations.conditions import SNAPSHOT
from serving.api.contract.responses import Scores, UserScores
from serving.batch.postgres_copy import TYPES
from serving.scoring.columns import AFTER_USER, COLUMNS, FLAG, KINDS, NOWHERE, NUMBER, SCORES, TEXT, WHOLE, schema
from serving.scoring.scorer import score_columns, score_rows


def test_no_column_stands_twice_and_each_says_what_it_means():
    assert len({one.name for one in COLUMNS}) == len(COLUMNS)
    assert not [one.name for one in COLUMNS if not one.meaning.strip()]
    numbers = [one for one in COLUMNS if one.kind.words.endswith("number") and one.name != "user_id"]
    assert len(numbers) > 5 and not [one.name for one in numbers if not one.unit]


@pytest.mark.parametrize("user", [pa.int64(), pa.string()])
def test_the_schema_has_them_in_order_after_a_user_of_the_type_that_came(user):
    found = schema(user)
    assert found.names == ["user_id", *(one.name for one in AFTER_USER)] and found.field("user_id").type == user
    assert [field.metadata[b"meaning"].decode() for field in found] == [one.meaning for one in COLUMNS]


def test_the_api_answers_with_those_that_say_so_and_null_only_where_there_is_one():
    told = {one.name: one for one in COLUMNS if one.answer != NOWHERE}
    assert set(UserScores.model_fields) == set(told)
    row = dict.fromkeys(told)
    for name, one in told.items():
        wrong = {error["loc"][0] for error in _errors(row)}
        assert (name in wrong) == (not one.null), name


def test_rules_of_plays_ask_columns_that_there_are_as_what_they_hold():
    words = {FLAG: "flag", TEXT: "text", NUMBER: "number", WHOLE: "number"}
    there = {one.name: words.get(one.kind) for one in COLUMNS}
    assert {name: there.get(name) for name in SNAPSHOT} == dict(SNAPSHOT)


def _errors(row):
    try:
        UserScores.model_validate(row)
    except ValueError as error:
        return error.errors()
    return []


def test_both_ways_to_score_give_the_columns_of_scores(base, table):
    bundle, few = base.model.bundle, table.slice(0, 2)
    expected = {one.name for one in COLUMNS if one.answer == SCORES}
    assert expected == set(Scores.model_fields) == set(score_columns(bundle, few, 1))
    assert expected == set(score_rows(bundle, bundle.matrix(few), 1)[0])


def test_every_kind_has_a_type_of_postgresql():
    assert all(TYPES.get(kind.arrow, "jsonb") == kind.postgres for kind in KINDS)


def test_what_a_snapshot_holds_is_null_only_where_the_table_says_so(base):
    found = base.snapshot.table()
    assert found.num_rows
    assert [one.name for one in COLUMNS if not one.null and found[one.name].null_count] == []
