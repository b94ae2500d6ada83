"""Writing goes on beside the work, one at a time, and what fails is not lost."""

import threading

import pytest

from features.write_behind import write_behind


def test_all_is_written_in_order_and_beside_the_work():
    done, here = [], threading.get_ident()
    with write_behind() as write:
        for number in range(20):
            write(lambda number=number, *, text: done.append((number, text, threading.get_ident() != here)), text="x")
    assert done == [(number, "x", True) for number in range(20)]


def test_what_is_written_has_ended_before_the_next_begins():
    free, seen = threading.Event(), []
    with write_behind() as write:
        write(lambda: (free.wait(5), seen.append("first")))
        free.set()
        write(lambda: seen.append("second"))
        assert seen[0] == "first"
    assert seen == ["first", "second"]


@pytest.mark.parametrize("more", [0, 1])
def test_a_failure_is_raised_at_the_next_or_at_the_end(more):
    with pytest.raises(OSError, match="full"), write_behind() as write:
        write(lambda: (_ for _ in ()).throw(OSError("full")))
        for _ in range(more):
            write(lambda: None)
            pytest.fail("went on after a failure")
