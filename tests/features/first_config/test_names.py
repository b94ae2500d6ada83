"""The lists hold names as they are looked up, and a name means one thing."""

import pytest

from features.first_config import names, other_names
from features.first_config.words import plain

LISTS = {
    f"{module.__name__.rpartition('.')[2]}.{role}": groups
    for module in (names, other_names)
    for role, groups in vars(module).items()
    if role.isupper() and isinstance(groups, tuple)
}


def listed(groups):
    return [word for group in groups for text in group.values() for word in text.split()]


@pytest.mark.parametrize("role", LISTS)
def test_names_are_written_as_they_are_looked_up(role):
    odd = [word for word in listed(LISTS[role]) if plain(word) != word]
    assert [word for word in odd if not set(word) - set("abcdefghijklmnopqrstuvwxyz")] == odd == []


@pytest.mark.parametrize("role", ["USER", "TIME", "AMOUNT", "ORDER", "QUANTITY", "UNIT_PRICE"])
def test_what_matters_has_names_in_five_languages(role):
    told = {language for group in getattr(names, role) for language in group}
    assert told == {"en", "zh", "de", "fr", "es"}


@pytest.mark.parametrize(
    "one, other", [("AMOUNT", "UNIT_PRICE"), ("AMOUNT", "QUANTITY"), ("USER", "ORDER"), ("TIME", "AMOUNT")]
)
def test_a_name_of_one_role_is_none_of_another(one, other):
    assert set(listed(getattr(names, one))) & set(listed(getattr(names, other))) == set()
