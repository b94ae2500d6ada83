"""Keys are known by their hashes alone; several are good at once; what cannot be read is no key."""

import tomllib
from datetime import UTC, date, datetime, timedelta

import pytest

from features.config import Api
from features.errors import BadInput
from serving.api.guard import keys as module
from serving.api.guard.keys import VARIABLE, digest, ended, keys, new, owner, presented


def api(*names):
    return Api(keys=[{"name": name, "sha256": digest(f"key of {name}"), "scopes": ["read"]} for name in names])


def test_a_key_leads_to_its_owner_and_to_nobody_else():
    known = keys(api("ann", "bob"))
    assert owner(known, "key of bob").name == "bob"
    assert owner(known, "key of eve") is None and owner((), "key of bob") is None


def test_an_old_and_a_new_key_are_good_at_once(monkeypatch):
    monkeypatch.setenv(VARIABLE, f"ann:{digest('another')}:read+predict, bob:{digest('third')}:admin")
    known = keys(api("ann"))
    assert [owner(known, key).name for key in ("key of ann", "another", "third")] == ["ann", "ann", "bob"]
    assert owner(known, "another").scopes == ["read", "predict"]


def test_a_key_may_have_a_last_day_in_the_environment_too(monkeypatch):
    monkeypatch.setenv(VARIABLE, f"ann:{'0' * 64}:read+admin:2026-12-31")
    (key,) = keys(Api())
    assert (key.scopes, key.until) == (["read", "admin"], date(2026, 12, 31))


def test_a_key_is_good_through_its_last_day_and_no_longer():
    today = datetime.now(UTC).date()
    days = [None, today, today + timedelta(1), today - timedelta(1)]
    (one,) = api("ann").keys
    assert [ended(one.model_copy(update={"until": day})) for day in days] == [False, False, False, True]


@pytest.mark.parametrize(
    "entry",
    [
        f"ann:{'0' * 64}:read:soon",
        f"ann:{'0' * 64}:read:2026-13-01",
        "the-key-itself",
        "ann:abc:read",
        f"ann:{'0' * 64}:",
        f"ann:{'0' * 64}:all",
    ],
)
def test_what_is_no_entry_is_told_without_quoting_it(monkeypatch, entry):
    monkeypatch.setenv(VARIABLE, f"ann:{'0' * 64}:read,{entry}")
    with pytest.raises(BadInput, match="entry 2 is not name:sha256:scope") as caught:
        keys(Api())
    assert entry not in str(caught.value) and "\n" not in str(caught.value)


def test_every_hash_is_compared_in_constant_time(monkeypatch):
    seen = []
    monkeypatch.setattr(module.hmac, "compare_digest", lambda one, other: seen.append(one) or one == other)
    known = keys(api("ann", "bob", "cid"))
    assert owner(known, "key of ann").name == "ann" and seen == [one.sha256 for one in known]


def test_new_keys_are_long_and_differ():
    made = {new() for _ in range(50)}
    assert len(made) == 50 and {len(key) for key in made} == {43}


@pytest.mark.parametrize(
    "header", [("authorization", "Bearer abc"), ("authorization", "bearer abc"), ("x-api-key", "abc")]
)
def test_both_headers_carry_a_key(header):
    assert presented({header[0]: [header[1]]}) == "abc"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ["Basic abc"]},
        {"authorization": ["Bearer"]},
        {"authorization": ["Bearer a b"]},
        {"authorization": ["abc"]},
        {"x-api-key": [""]},
        {"x-api-key": ["a" * 513]},
        {"x-api-key": ["é"]},
        {"x-api-key": ["abc", "abc"]},
        {"x-api-key": ["abc"], "authorization": ["Bearer abc"]},
    ],
)
def test_what_is_malformed_or_in_doubt_is_no_key(headers):
    assert presented(headers) is None


def test_a_new_key_is_shown_with_what_to_configure(holdfast, monkeypatch):
    shown = holdfast("serve", "--new-key", "ann", "--scopes", "view,people")
    lines = shown.out.splitlines()
    assert shown.code == 0 and shown.err == ""
    key, variable = lines[1].removeprefix("#   "), lines[-1].removeprefix("#   ")
    (written,) = Api(**tomllib.loads(shown.out)["api"]).keys
    monkeypatch.setenv(*variable.split("=", 1))
    (exported,) = keys(Api())
    assert written == exported == owner([written], key) and written.scopes == ["view", "people"]


@pytest.mark.parametrize(
    ("name", "scopes", "line"),
    [
        ("a b", "read", "--new-key: 'a b' will not do; use letters"),
        ("ann", "all", "--scopes: 'all' will not do; name some"),
    ],
)
def test_a_key_that_cannot_be_is_told_in_one_line(holdfast, name, scopes, line):
    shown = holdfast("serve", "--new-key", name, "--scopes", scopes)
    assert shown.code == 2 and shown.err.startswith(f"holdfast: {line}") and shown.out == ""
