import pytest
from pydantic import BaseModel, ValidationError

from features.config import sections
from features.config.sections import Section


def all_sections():
    return [
        one
        for one in vars(sections).values()
        if isinstance(one, type) and issubclass(one, Section) and one is not Section
    ]


@pytest.mark.parametrize("section", all_sections(), ids=lambda one: one.__name__)
def test_every_key_says_what_it_means_and_unknown_ones_are_refused(section: type[BaseModel]):
    assert all(field.description for field in section.model_fields.values())
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        section.model_validate({"no_such_key": 1})


def test_sections_do_not_change_after_reading():
    with pytest.raises(ValidationError, match="frozen"):
        sections.Churn().horizon_days = 7
