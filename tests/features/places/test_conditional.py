"""Puts succeed only where nobody was faster; every failure is one line without a secret."""

import sys

import pytest

from features.errors import BadInput
from features.places.conditional import Lost, Missing, Place, Version


@pytest.fixture
def place(s3, needs):
    needs("obstore")
    return Place(f"{s3.uri}/shared")


def test_a_put_on_a_condition_succeeds_only_for_the_first(place):
    assert place.put_new("a", b"1") and not place.put_new("a", b"2")
    first = place.swap("head", b"1", None)
    with pytest.raises(Lost):
        place.swap("head", b"2", None)
    second = place.swap("head", b"2", first)
    with pytest.raises(Lost):
        place.swap("head", b"3", first)
    assert place.get("head") == (b"2", second) and place.get("head", second) is None
    assert place.get("a", Version('"other"', None))[0] == b"1"
    place.check_conditions()


def test_objects_are_sized_read_in_pieces_listed_and_removed(place):
    place.put("objects/big", iter([b"x" * (6 << 20), b"y" * (6 << 20)]))
    assert place.size("objects/big") == 12 << 20 and place.size("objects/none") is None
    assert b"".join(place.pieces("objects/big")) == b"x" * (6 << 20) + b"y" * (6 << 20)
    assert [key for key, at in place.listed("objects")] == ["objects/big"]
    assert place.changed("objects/big").tzinfo
    place.remove(["objects/big", "objects/none"])
    with pytest.raises(Missing):
        place.get("objects/big")


def test_an_error_while_a_file_is_read_puts_nothing(place):
    def broken():
        yield b"x" * (6 << 20)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        place.put("objects/half", broken())
    assert place.size("objects/half") is None


def test_a_place_that_ignores_conditions_is_refused(place, monkeypatch):
    monkeypatch.setattr(Place, "put_new", lambda *_: True)
    with pytest.raises(BadInput, match="ignores the conditions of a put"):
        place.check_conditions()
    monkeypatch.setattr(Place, "put_new", lambda *_: False)
    monkeypatch.setattr(Place, "swap", lambda *_: None)
    with pytest.raises(BadInput, match="two machines would overwrite each other"):
        place.check_conditions()


@pytest.mark.parametrize(
    "variables, uri, told",
    [
        ({}, "s3://no-such-bucket-here/x", "there is no bucket 'no-such-bucket-here'"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "s3://shop/x", "cannot be reached"),
        ({"AZURE_STORAGE_ACCOUNT_KEY": "never-to-be-told!"}, "abfss://c@a.dfs.core.windows.net/x", "store.remote"),
        ({"GOOGLE_APPLICATION_CREDENTIALS": "/none/never-to-be-told"}, "gs://bucket/x", "store.remote"),
    ],
)
def test_every_failure_is_one_line_without_a_secret(s3, needs, monkeypatch, variables, uri, told):
    needs("obstore")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("features.places.conditional.WAIT", 1)
    with pytest.raises(BadInput) as error:
        Place(uri).get("head.json")
    line = str(error.value)
    assert told in line and "\n" not in line
    assert "never-to-be-told" not in line and "AKIATESTED" not in line


def test_without_obstore_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(BadInput, match=r"pip install 'holdfast\[remote\]'"):
        Place("s3://bucket/x")


def test_a_profile_needs_boto3_or_plain_keys(s3, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "shop")
    monkeypatch.setitem(sys.modules, "obstore.auth.boto3", None)
    with pytest.raises(BadInput, match="AWS_PROFILE is read by boto3"):
        Place("s3://bucket/x")
