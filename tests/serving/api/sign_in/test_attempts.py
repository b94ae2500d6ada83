"""Trying keys is bounded by address, and so is what is remembered of it."""

from serving.api.sign_in.attempts import MOST, PEOPLE, SECONDS, Attempts


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_an_address_waits_after_its_failures_and_no_other_does():
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(MOST):
        assert attempts.wait("a") == 0
        attempts.failed("a")
        clock.now += 1
    assert 0 < attempts.wait("a") <= SECONDS and attempts.wait("b") == 0
    clock.now += SECONDS - MOST  # a minute after the first failure
    assert attempts.wait("a") == 0
    attempts.failed("a")  # and with this one ten within the minute again
    assert attempts.wait("a") > 0


def test_only_so_many_addresses_are_remembered():
    attempts = Attempts(Clock())
    for number in range(PEOPLE + 50):
        attempts.failed(str(number))
    assert len(attempts._failed) == PEOPLE and "0" not in attempts._failed
