"""What the API takes: nothing but what its description says."""

import pytest
from pydantic import ValidationError

from serving.api.contract.errors import Refused
from serving.api.contract.requests import FeaturesRequest, PredictRequest, ScoreRequest


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "true", "[1]", "{}"])
def test_what_is_no_number_is_no_feature(value):
    with pytest.raises(ValidationError):
        FeaturesRequest.model_validate_json(f'{{"rows": [{{"age": {value}}}]}}')


def test_numbers_texts_and_nulls_are_features():
    found = FeaturesRequest.model_validate_json('{"rows": [{"a": 1, "b": 0.5, "c": "x", "d": null}]}')
    assert found.rows == [{"a": 1.0, "b": 0.5, "c": "x", "d": None}] and found.lang == "en"


def test_deep_nesting_is_refused():
    with pytest.raises(ValidationError):
        ScoreRequest.model_validate_json('{"user_ids": ' + "[" * 100_000 + "]" * 100_000 + "}")


def refused(model, body):
    with pytest.raises(Refused) as caught:
        model.read(body.encode())
    problem = caught.value.problem
    return problem.code, problem.field, problem.row


def test_nesting_is_refused_as_such():
    assert refused(ScoreRequest, '{"user_ids": ' + "[" * 100_000 + "]" * 100_000 + "}")[0] == "too_deep"


WRONG = {
    "ids": (ScoreRequest, '{"user_ids": [1, %s]}', "[]", "user_ids[1]"),
    "rows": (FeaturesRequest, '{"rows": [{"a": 1}, %s]}', "[]", "rows[1]"),
    "values": (FeaturesRequest, '{"rows": [{%s}]}', '"k%d": []', "rows[0]"),
    "users": (PredictRequest, '{"users": [%s]}', "[]", "users[0]"),
    "raw rows": (PredictRequest, '{"users": [{"user_id": 1, "orders": [%s]}]}', "[]", "users[0].orders[0]"),
}


@pytest.mark.parametrize(("model", "text", "wrong", "field"), WRONG.values(), ids=WRONG.keys())
def test_a_body_is_refused_at_its_first_error_and_looks_for_no_more(model, text, wrong, field):
    body = text % ", ".join(wrong % n if "%d" in wrong else wrong for n in range(900))
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(body)
    assert caught.value.error_count() <= 2  # a value may be one thing or another: one error for each
    assert refused(model, body)[:2] == ("invalid", field)


def test_a_body_with_many_names_means_the_same(monkeypatch):
    body = b'{"rows": [{"a": 1, "b": 0.5, "c": "x:y", "d": null}], "lang": "zh"}'
    direct = FeaturesRequest.read(body)
    monkeypatch.setattr("serving.api.contract.bounds.MOST_KEYS", 4)
    assert FeaturesRequest.read(body) == direct and type(direct["rows"][0]["a"]) is float
    assert refused(FeaturesRequest, '{"rows": [{"a": 1, "b": 2, "c": "1", "d": true}]}')[1:] == ("rows[0]", 0)


def test_an_integer_stays_one_and_a_text_stays_text():
    assert ScoreRequest.model_validate_json('{"user_ids": [7, "7", 1180591620717411303424]}').user_ids == [
        7,
        "7",
        2**70,
    ]


def predict(text):
    return PredictRequest.model_validate_json(text).users


def test_a_users_rows_come_by_table_and_none_of_their_columns_is_needed():
    assert predict('{"users": [{"user_id": 1, "orders": [{"amount": 2}, {}], "events": []}]}') == [
        {"user_id": 1, "orders": [{"amount": 2.0}, {}], "events": []}
    ]


@pytest.mark.parametrize(
    "user",
    [
        '{"orders": []}',
        '{"user_id": 1, "purchases": []}',
        '{"user_id": 1, "orders": [{"user_id": 1}]}',
        '{"user_id": 1, "orders": [{"amount": "12"}]}',
        '{"user_id": 1, "orders": [{"amount": NaN}]}',
        '{"user_id": 1, "orders": [{"amount": 1e400}]}',
        '{"user_id": 1, "orders": [{"time": 1700000000}]}',
        '{"user_id": 1, "users": [{"consent_marketing": 1}]}',
        '{"user_id": 1, "orders": {}}',
        "[]",
    ],
)
def test_what_is_no_user_with_rows_is_refused(user):
    with pytest.raises(ValidationError):
        predict(f'{{"users": [{user}]}}')


def raw(**tables):
    return PredictRequest.model_validate({"users": [{"user_id": 1, **tables}]}).users[0]


def test_messages_may_say_when_they_arrived_and_users_who_invited_them():
    sent = {"time": "2026-01-01T00:00:00Z", "channel": "sms", "delivered_at": "2026-01-01T00:05:00Z"}
    assert set(raw(messages=[sent])["messages"][0]) == set(sent)
    assert raw(users=[{"invited_by": "7"}])["users"] == [{"invited_by": "7"}]


@pytest.mark.parametrize(
    "tables",
    [
        {"assignments": [{"time": "2026-01-01T00:00:00Z", "campaign_id": "x", "arm": "holdout"}]},
        {"identities": [{"id_type": "card", "id": "7"}]},
        {"users": [{"phone_sha256": "00f"}]},  # a column that only campaigns name
    ],
    ids=["assignments", "identities", "a column of users that plays name"],
)
def test_what_features_do_not_read_is_no_raw_row(tables):
    with pytest.raises(ValidationError):
        raw(**tables)
