"""What goals may measure: every form that is told is taken, and nothing else."""

import pytest

from features.config.operations.goals import METRICS, NUMBERS, check_metric
from features.errors import BadInput


@pytest.mark.parametrize("form", METRICS)
def test_every_form_that_is_told_is_taken(form):
    for name in NUMBERS:
        check_metric(form.replace("STAGE", "loyal").replace("NUMBER", name), "goal[0].metric", ["loyal"])


@pytest.mark.parametrize("metric", ["share", "share:", "sum:loyal", "users:nobody", "median:churn_risk", ""])
def test_nothing_else_is(metric):
    with pytest.raises(BadInput, match=r"^goal\[0\].metric: "):
        check_metric(metric, "goal[0].metric", ["loyal"])
