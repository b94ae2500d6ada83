"""Rows of the snapshot as the API gives them, and what made them."""

from dataclasses import replace

import pytest

from serving.api import answers
from serving.api.errors import Refused
from serving.api.live import Live


@pytest.fixture(scope="module")
def current(base):
    return Live(base.config).current()


def test_only_users_of_the_ids_kind_can_be_known(current, wanted):
    user = wanted[0]["user_id"]
    assert list(answers.users(current, [user, str(user), "ann", 2**70, -(2**70)], "en")) == [user]


def test_what_made_an_answer_is_named(current, base):
    assert answers.made(current, "2026-01-01T00:00:00") == {
        "model_version": base.model.name,
        "snapshot": base.snapshot.run_id,
        "as_of": "2026-01-01T00:00:00",
    }
    other = replace(base.snapshot, manifest=base.snapshot.manifest | {"model_version": "v0-old"})
    assert answers.made_snapshot(other)["model_version"] == "v0-old"


def test_without_a_snapshot_nobody_can_be_looked_up(current):
    with pytest.raises(Refused) as caught:
        answers.users(replace(current, snapshot=None), [1], "en")
    assert caught.value.problem.status == 503
