"""A cookie stands for the key that it was made for, and for nothing once that has ended."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer, timed

from features.config import ApiKey
from serving.api.guard.keys import digest
from serving.api.sign_in.sessions import HOURS, Sessions

SESSIONS = Sessions(b"a secret of 32 bytes, or so it is")


def key(name="ann", text="a-key", until=None):
    return ApiKey(name=name, sha256=digest(text), scopes=["view"], until=until)


def test_it_stands_for_its_key_also_among_others_of_one_name():
    one, other = key(text="the old"), key(text="the new")
    assert SESSIONS.owner([key("bob"), one, other], SESSIONS.issue(other)) is other


def test_it_holds_neither_the_key_nor_its_hash():
    cookie = SESSIONS.issue(key(text="a-key-of-some-length"))
    payload = URLSafeTimedSerializer("any").loads_unsafe(cookie)[1]
    assert "a-key" not in str(payload) and digest("a-key-of-some-length") not in str(payload)


def test_it_ends_with_its_key():
    cookie, yesterday = SESSIONS.issue(key()), datetime.now(UTC).date() - timedelta(days=1)
    assert SESSIONS.owner([key()], cookie)
    assert SESSIONS.owner([], cookie) is None
    assert SESSIONS.owner([key(text="a new key of the same name")], cookie) is None
    assert SESSIONS.owner([key(until=yesterday)], cookie) is None


@pytest.mark.parametrize(("hours", "fine"), [(HOURS - 0.1, True), (HOURS + 0.1, False), (-1, False)])
def test_it_ends_after_eight_hours_and_none_comes_from_tomorrow(monkeypatch, hours, fine):
    cookie = SESSIONS.issue(key())
    later = timed.time.time() + hours * 3600
    monkeypatch.setattr(timed.time, "time", lambda: later)
    assert (SESSIONS.owner([key()], cookie) is not None) == fine


def test_forged_ones_and_those_of_another_store_are_nobodys():
    cookie, bob = SESSIONS.issue(key()), SESSIONS.issue(key("bob"))
    payload, time, sign = cookie.split(".")
    forged = [
        Sessions(b"another secret").issue(key()),
        f"{bob.split('.')[0]}.{time}.{sign}",
        f"{payload}.{time}.",
        payload,
    ]
    forged += ["", "a.b.c", "." * 2000, cookie + "x", cookie[:-5] + "AAAAA", "é"]
    for salt, content in (("other", ["ann", digest("a-key")[:16]]), ("holdfast.pages.1", {"name": "ann"})):
        signer = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        ours = URLSafeTimedSerializer(b"a secret of 32 bytes, or so it is", salt=salt, signer_kwargs=signer)
        forged.append(ours.dumps(content))
    known = [key(), key("bob")]
    assert [one for one in forged if SESSIONS.owner(known, one)] == []
