"""Every refusal has the one shape and quotes nothing."""

import json

import pytest

from serving.api.guard import refusals
from serving.api.guard.refusals import Refusal

ALL = [one for one in vars(refusals).values() if isinstance(one, Refusal)]


@pytest.mark.parametrize("one", [*ALL, refusals.wrong_scope("read"), refusals.too_large(9)], ids=lambda one: one.code)
def test_it_has_the_shape_of_all_errors(one):
    said = json.loads(one.body())
    assert set(said) == {"code", "message", "field", "row"} and said["code"] == one.code
    assert 400 <= one.status < 600 and "\n" not in one.message


def test_each_says_something_else():
    assert len({one.code for one in ALL}) == len(ALL) > 8


@pytest.mark.parametrize("one", [refusals.BUSY, refusals.NOT_READY])
def test_what_passes_says_when_to_come_back(one):
    assert int(one.headers["Retry-After"]) >= 1


def test_who_lacks_a_scope_is_told_it_and_the_wider_one_that_holds_it():
    assert "'view' or 'read'" in refusals.wrong_scope("view").message
    assert "no scope 'admin'," in refusals.wrong_scope("admin").message
