"""When `holdfast run` trains: what the settings may be, and that they change no result."""

import pytest

from features.config.operations.schedule_section import Schedule


@pytest.mark.parametrize("given", [{"train_days": 0}, {"retrain_days": -1}, {"train_days": 4000}, {"days": 3}])
def test_what_cannot_be_is_refused(given):
    with pytest.raises(ValueError, match=next(iter(given))):
        Schedule(**given)


def test_when_models_are_trained_changes_no_result(config_of):
    often = config_of(schedule={"train_days": 1})
    assert often.schedule.train_days == 1 and often.hash() == config_of().hash()
    assert often.model_hash() == config_of().model_hash() and often.playbook_hash() == config_of().playbook_hash()
