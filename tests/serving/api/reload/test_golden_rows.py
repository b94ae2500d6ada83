"""Golden rows are the same everywhere, and tell a model that scores nonsense."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import BadInput
from serving.api.reload import golden_rows
from training.models.calibration import Correction


@pytest.fixture(scope="module")
def bundle(base):
    return base.model.bundle


def test_they_are_the_same_each_time_and_hold_what_may_come(bundle):
    rows = golden_rows.rows(bundle)
    assert rows.equals(golden_rows.rows(bundle)) and rows.num_rows == golden_rows.ROWS
    assert set(rows["plan"].to_pylist()) == {"free", "plus", "never seen", None}
    first = rows[next(name for name in bundle.features if name != "plan")].to_pylist()
    assert first[:2] == [None, 0.0] and max(x for x in first if x is not None) > 10


def test_one_model_has_one_outcome_and_another_has_another(bundle):
    one = golden_rows.outcome(bundle)
    assert not golden_rows.differ(one, golden_rows.outcome(bundle)) and len(one["churn_risk"]) == golden_rows.ROWS
    other = replace(bundle, correction=Correction("shift", 1.0, 1e-6))
    assert golden_rows.differ(one, golden_rows.outcome(other)) and golden_rows.differ(one, {})


@pytest.mark.parametrize("name", ["churn_risk", "expected_value"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1])
def test_what_is_no_score_is_refused(bundle, monkeypatch, name, value):
    import pyarrow as pa

    found = golden_rows.score_columns(bundle, golden_rows.rows(bundle), 1)
    wrong = pa.array([value, *found[name].to_pylist()[1:]])
    monkeypatch.setattr(golden_rows, "score_columns", lambda *_: found | {name: wrong})
    with pytest.raises(BadInput, match="take another version"):
        golden_rows.outcome(bundle)


def test_a_model_that_tells_nobody_apart_is_refused(bundle):
    with pytest.raises(BadInput, match="gives all golden rows one risk"):
        golden_rows.outcome(replace(bundle, correction=Correction("shift", 0.0, 0.0)))
