"""Collections of garbage look at little, and still find what is garbage."""

import gc
import weakref

import pytest

from serving.api.pauses import settle


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
