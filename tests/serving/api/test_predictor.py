"""Rows of ready features get what the batch gave them, or are refused by row and name."""

import pytest

from serving.api.errors import Refused
from serving.api.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(base):
    return Predictor(base.config, base.model)


def test_one_row_alone_gets_what_it_gets_among_others(predictor, ready):
    together = predictor.rows(ready[0], "en")
    assert [predictor.rows([row], "en")[0] for row in ready[0]] == together


def test_a_missing_feature_is_refused_by_row_and_name(predictor, ready):
    name = predictor.model.bundle.features[3]
    row = {key: value for key, value in ready[0][1].items() if key != name}
    with pytest.raises(Refused) as caught:
        predictor.rows([ready[0][0], row], "en")
    assert (caught.value.problem.field, caught.value.problem.row) == (f"rows[1].{name}", 1)
