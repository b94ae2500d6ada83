"""Collections of garbage look at little, and still find what is garbage."""

import asyncio
import gc
import weakref

import pytest

from serving.api import runtime_patches
from serving.api.runtime_patches import settle


class Node:
    def __init__(self):
        self.me = self


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_what_lives_is_looked_at_no_more():
    settle()
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 1000


def test_what_was_settled_and_is_garbage_since_goes_at_the_next_call():
    node = Node()
    gone = weakref.ref(node)
    settle()
    del node
    gc.collect()
    assert gone() is not None  # out of reach until then
    settle()
    assert gone() is None


def test_a_request_leaves_no_timer_behind(inside, wanted):
    def timers():
        gc.collect()
        gc.unfreeze()
        return sum(type(one) is asyncio.TimerHandle and not one.cancelled() for one in gc.get_objects())

    before = timers()
    for _ in range(20):
        assert inside.ask("/v1/score", {"user_ids": [wanted[0]["user_id"]]})[0] == 200
        assert inside.ask("/v1/stages")[0] == 200
    assert timers() < before + 5


def test_both_middlewares_are_those_that_bentoml_puts_in(inside):
    used = [one.cls for one in inside.client.app.user_middleware]
    assert used.count(runtime_patches._left_out) == 2, "BentoML takes its middlewares from elsewhere now"
