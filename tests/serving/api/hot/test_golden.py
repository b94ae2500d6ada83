"""Golden rows are the same everywhere, and tell a model that scores nonsense."""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import BadInput
from serving.api.hot import golden
from training.models.calibration import Correction


@pytest.fixture(scope="module")
def bundle(base):
    return base.model.bundle


def test_they_are_the_same_each_time_and_hold_what_may_come(bundle):
    rows = golden.rows(bundle)
    assert rows.equals(golden.rows(bundle)) and rows.num_rows == golden.ROWS
    assert set(rows["plan"].to_pylist()) == {"free", "plus", "never seen", None}
    first = rows[next(name for name in bundle.features if name != "plan")].to_pylist()
    assert first[:2] == [None, 0.0] and max(x for x in first if x is not None) > 10


def test_one_model_has_one_outcome_and_another_has_another(bundle):
    one = golden.outcome(bundle)
    assert not golden.differ(one, golden.outcome(bundle)) and len(one["churn_risk"]) == golden.ROWS
    other = replace(bundle, correction=Correction("shift", 1.0, 1e-6))
    assert golden.differ(one, golden.outcome(other)) and golden.differ(one, {})


@pytest.mark.parametrize("name", ["churn_risk", "expected_value"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1])
def test_what_is_no_score_is_refused(bundle, monkeypatch, name, value):
    import pyarrow as pa

    found = golden.judge(bundle, golden.rows(bundle), 1)
    wrong = pa.array([value, *found[name].to_pylist()[1:]])
    monkeypatch.setattr(golden, "judge", lambda *_: found | {name: wrong})
    with pytest.raises(BadInput, match="take another version"):
        golden.outcome(bundle)


def test_a_model_that_tells_nobody_apart_is_refused(bundle):
    with pytest.raises(BadInput, match="gives all golden rows one risk"):
        golden.outcome(replace(bundle, correction=Correction("shift", 0.0, 0.0)))
