"""Keys are those of the file as it is now; what cannot be read changes nothing, and no change opens the service."""

import pytest

from features.config import Api
from serving.api.guard import rules as module
from serving.api.guard.keys import VARIABLE, digest
from serving.api.guard.rules import LOOK, LOOPBACK, Watched, rules


@pytest.fixture
def clock():
    """clock(): the time; clock.now may be moved."""

    def now():
        return now.now

    now.now = 0.0
    return now


@pytest.fixture
def file(tmp_path, monkeypatch):
    """file(*names): the configuration with the keys of these people; its path is file.path."""
    monkeypatch.delenv(VARIABLE, raising=False)

    def write(*names):
        keys = "".join(f'[[api.keys]]\nname = "{one}"\nsha256 = "{digest(one)}"\nscopes = ["read"]\n' for one in names)
        write.path.write_text(f"[tables.orders]\npath = 'x'\n{keys}")

    write.path = tmp_path / "holdfast.toml"
    return write


@pytest.fixture
def watched(file, clock):
    def make(*names):
        file(*names)
        known = [{"name": one, "sha256": digest(one), "scopes": ["read"]} for one in names]
        found = Watched(Api(keys=known), file.path, clock)

        def owners():
            keys = found().keys
            return keys if keys is None else [one.name for one in keys]

        return owners

    return make


def test_a_key_that_is_taken_out_or_put_in_is_so_within_a_minute(watched, file, clock):
    owners = watched("ann", "bob")
    assert owners() == ["ann", "bob"] and LOOK <= 60
    file("bob", "cid")
    clock.now += LOOK
    assert owners() == ["bob", "cid"]


def test_the_file_is_not_looked_at_with_every_request(watched, clock, monkeypatch):
    owners, looks = watched("ann"), []
    monkeypatch.setattr(module, "_mark", lambda file: looks.append(file))
    for _ in range(100):
        clock.now += LOOK / 50
        owners()
    assert 1 <= len(looks) <= 3


def test_a_key_taken_out_between_the_reading_of_the_file_and_the_first_request_is_gone(watched, file):
    owners = watched("ann", "bob")
    file("bob")
    assert owners() == ["bob"]


def test_without_its_last_key_the_service_lets_nobody_in(watched, file, clock):
    owners = watched("ann")
    file()
    clock.now += LOOK
    assert owners() == []


def test_a_first_key_closes_a_service_that_asked_for_none(watched, file, clock):
    owners = watched()
    assert owners() is None
    file("ann")
    clock.now += LOOK
    assert owners() == ["ann"]


@pytest.mark.parametrize("text", ["[api", "[api]\nkeys = 3", "[[api.keys]]\nname = 'a-secret'", None])
def test_what_cannot_be_read_changes_nothing_and_is_told(watched, file, clock, monkeypatch, text):
    owners, told = watched("ann"), []
    monkeypatch.setattr(module.logs, "event", lambda message, **about: told.append(f"{message} {about}"))
    owners()
    file.path.unlink() if text is None else file.path.write_text(text)
    for _ in range(3):
        clock.now += LOOK
        assert owners() == ["ann"]
    assert len(told) == 1 and "cannot be read again" in told[0] and "secret" not in told[0]


def test_keys_of_the_environment_stay(watched, file, clock, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"eve:{digest('eve')}:read")
    owners = watched("ann")
    file("bob")
    clock.now += LOOK
    assert owners() == ["bob", "eve"]


def test_without_keys_only_the_loopbacks_hosts_are_answered(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert (rules(Api()).keys, rules(Api()).hosts) == (None, LOOPBACK)
    keys = [{"name": "ann", "sha256": "0" * 64, "scopes": ["read"]}]
    assert rules(Api(keys=keys)).hosts is None
    assert rules(Api(keys=keys, hosts=["a.example"])).hosts == ("a.example", *LOOPBACK)
