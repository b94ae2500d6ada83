import pytest

from features.catalogue.families import load
from features.catalogue.group_attributes import attribute
from features.errors import BadInput

load()


def test_text_and_yes_or_no_tell_groups():
    assert [attribute(name).name for name in ("plan", "birthday_within_7d")] == ["plan", "birthday_within_7d"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("regoin", "no feature 'regoin'; did you mean 'region'?"),
        ("order_total", "'order_total' is a number and makes no groups; take a text or a yes-or-no; there are: "),
        ("birthday_within", "feature 'birthday_within' needs a window"),
    ],
)
def test_what_tells_no_groups_is_refused_with_its_cure(name, says):
    with pytest.raises(BadInput) as error:
        attribute(name)
    assert str(error.value).startswith(says) and "\n" not in str(error.value)
