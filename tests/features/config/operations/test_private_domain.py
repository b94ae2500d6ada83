"""The funnel has five steps, each once, or none."""

import pytest
from pydantic import ValidationError

from features.config.operations.private_domain import PrivateDomain

FIVE = ["ad", "join", "read", "ask", "buy"]


def test_five_steps_or_none():
    assert PrivateDomain().steps == [] and PrivateDomain(steps=FIVE).steps == FIVE


@pytest.mark.parametrize("steps", [FIVE[:4], [*FIVE[:4], "ad"]])
def test_another_number_or_a_step_twice_is_refused(steps):
    with pytest.raises(ValidationError, match="five|twice"):
        PrivateDomain(steps=steps)
