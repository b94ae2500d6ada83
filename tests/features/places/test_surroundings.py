"""The environment says where and who; what it keeps secret is told to nobody."""

import pytest

from features.places import surroundings as said


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    for name, _ in said.all_said():
        monkeypatch.delenv(name)


def test_an_endpoint_of_ones_own_needs_no_region(monkeypatch):
    assert said.s3_endpoint() is None and said.s3_region() is None
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://all")
    assert (said.s3_endpoint(), said.s3_region()) == ("http://all", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://s3")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert (said.s3_endpoint(), said.s3_region()) == ("http://s3", "eu-west-1")


@pytest.mark.parametrize(
    "name, value, ask",
    [("AWS_S3_ADDRESSING_STYLE", "virtual", said.s3_virtual), ("AWS_SKIP_SIGNATURE", "true", said.s3_anonymous)],
)
def test_switches_are_off_until_they_are_set(monkeypatch, name, value, ask):
    assert not ask()
    monkeypatch.setenv(name, value)
    assert ask()


@pytest.mark.parametrize(
    "scheme, name",
    [("s3", "AWS_PROFILE"), ("gs", "GOOGLE_APPLICATION_CREDENTIALS"), ("abfss", "AZURE_STORAGE_SAS_TOKEN")],
)
def test_credentials_are_there_when_one_kind_is(monkeypatch, scheme, name):
    assert not said.has_credentials(scheme)
    monkeypatch.setenv(name, "x")
    assert said.has_credentials(scheme)


def test_a_secret_that_a_client_repeats_is_hidden(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2hunter2")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert said.without_secrets("bad key hunter2hunter2 in eu-west-1") == "bad key *** in eu-west-1"
