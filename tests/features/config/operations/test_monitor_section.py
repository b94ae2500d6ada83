"""features/config/operations/monitor_section.py."""

import pytest
from pydantic import ValidationError

from features.config.operations.monitor_section import Monitor


@pytest.mark.parametrize("wrong", [{"psi": 0}, {"max_volume": 1}, {"max_missing": 1}, {"weeks": 3}, {"windows": 0}])
def test_limits_that_could_never_or_always_tell_are_refused(wrong):
    with pytest.raises(ValidationError):
        Monitor(**wrong)
