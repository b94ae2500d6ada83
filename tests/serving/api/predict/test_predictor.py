"""Rows of ready features get what the batch gave them, or are refused by row and name."""

import pytest

from serving.api.contract.errors import Refused
from serving.api.predict.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(base):
    return Predictor(base.config, base.model)


def test_one_row_alone_gets_what_it_gets_among_others(predictor, ready):
    together = predictor.rows(ready[0], "en")
    assert [predictor.rows([row], "en")[0] for row in ready[0]] == together


def test_the_risk_alone_is_that_among_all_scores(predictor, ready):
    whole, alone = predictor.rows(ready[0], "en"), predictor.rows(ready[0], "en", "churn_risk")
    kept = ("churn_risk", "risk_band", "risk_percentile")
    assert alone == [{name: row[name] if name in kept else None for name in row} for row in whole]
    assert predictor.rows(ready[0][:1], "en", "churn_risk") == alone[:1]


def test_a_missing_feature_is_refused_by_row_and_name(predictor, ready):
    name = predictor.model.bundle.features[3]
    row = {key: value for key, value in ready[0][1].items() if key != name}
    with pytest.raises(Refused) as caught:
        predictor.rows([ready[0][0], row], "en")
    assert (caught.value.problem.field, caught.value.problem.row) == (f"rows[1].{name}", 1)


def test_raw_rows_get_the_scores_and_reasons_of_the_batch(predictor, rows, sent, as_of, population, same):
    some = rows[:150]
    got = predictor.users(sent([row["user_id"] for row in some]), as_of, population, "en")
    assert sum(row["eligible"] for row in some) > 50
    for one, expected in zip(got, some, strict=True):
        assert one.pop("bad_rows") == []
        same({name: value for name, value in one.items() if name != "reasons"}, expected, 1e-9)
        same(one["reasons"], expected["reasons"], 1e-4)


def test_an_id_comes_back_as_it_was_sent_and_two_of_one_stay_two(predictor, as_of, population):
    users = [{"user_id": user} for user in ("7", 7, 2**70, 7)]
    assert [row["user_id"] for row in predictor.users(users, as_of, population, "en")] == ["7", 7, 2**70, 7]


def test_a_table_that_is_not_configured_is_refused_by_name(predictor, as_of, population):
    users = [{"user_id": 1, "orders": []}, {"user_id": 2, "points": [{"points": 1.0}]}]
    with pytest.raises(Refused) as caught:
        predictor.users(users, as_of, population, "en")
    assert (caught.value.problem.field, caught.value.problem.row) == ("users[1].points", 1)


def test_too_many_rows_are_refused_before_any_work(predictor, as_of, population, monkeypatch):
    monkeypatch.setattr("serving.api.predict.predictor.MOST_ROWS", 2)
    with pytest.raises(Refused) as caught:
        predictor.users([{"user_id": 1, "orders": [{}, {}], "events": [{}]}], as_of, population, "en")
    assert caught.value.problem.status == 413
