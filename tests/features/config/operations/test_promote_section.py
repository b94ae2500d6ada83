"""How long a challenger is watched: what the setting may be, and that it changes no result."""

import pytest

from features.config.operations.promote_section import Promote


@pytest.mark.parametrize("given", [{"shadow_days": -1}, {"shadow_days": 366}, {"days": 3}])
def test_what_cannot_be_is_refused(given):
    with pytest.raises(ValueError, match=next(iter(given))):
        Promote(**given)


def test_watching_a_challenger_changes_no_result(config_of):
    watching = config_of(promote={"shadow_days": 45})
    assert watching.promote.shadow_days == 45 and watching.hash() == config_of().hash()
    assert watching.model_hash() == config_of().model_hash() and config_of().promote.shadow_days == 0
