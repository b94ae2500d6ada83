"""Browsers before the door."""

import pytest

from tests.serving.api import doors

KEYS = {
    "ann": ("a" * 43, "view"),
    "eve": ("e" * 43, "people"),
    "lin": ("l" * 43, "read", "operate"),
    "chen": ("c" * 43, "read", "approve"),
    "bob": ("b" * 43, "predict"),
    "admin": ("d" * 43, "admin"),
}
FORM = [("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")]


@pytest.fixture
def keys():
    """By name: a key and its scopes."""
    return KEYS


@pytest.fixture
def form():
    """The headers with which a browser sends a form of ours."""
    return FORM


@pytest.fixture
def signed():
    """signed(door, name): the header of a browser in which they signed in."""

    def enter(door, name):
        answer = doors.ask(door, "/ui/login", f"key={KEYS[name][0]}".encode(), headers=FORM)
        assert answer.status == 303, answer.body
        return [("cookie", answer.headers["set-cookie"].partition(";")[0])]

    return enter
