"""Every failure of a store becomes one line with its cause and cure, and never tells a secret."""

import pyarrow.fs as pf
import pytest

from features.errors import BadInput
from features.places.address import parse
from features.places.filesystems import located, meaning, told
from features.places.listing import listed

S3, GS, AZURE = (parse(one) for one in ("s3://b/x", "gs://b/x", "abfss://box@acc.dfs.core.windows.net/x"))


def test_the_environment_says_where_s3_is_and_who_asks(s3, monkeypatch):
    s3.put(b"x", "a.csv")
    assert located(parse(s3.uri)) is located(parse(f"{s3.uri}/other"))  # one client a bucket
    assert listed(s3.uri, lambda name: True).files == [f"{s3.uri}/a.csv"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(BadInput, match="cannot be reached; look at the network and at AWS_ENDPOINT_URL"):
        listed(s3.uri, lambda name: True)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.endpoint)  # says more, and counts first
    assert len(listed(s3.uri, lambda name: True).files) == 1


def test_no_such_bucket_is_told(s3):
    with pytest.raises(BadInput, match=r"'s3://no-such/x': there is no bucket 'no-such'; correct the path, or AWS_END"):
        listed("s3://no-such/x", lambda name: True)


def test_missing_and_insufficient_credentials_are_told_apart(s3, monkeypatch):
    from moto.core import set_initial_no_auth_action_count

    @set_initial_no_auth_action_count(0)
    def asked():
        with pytest.raises(BadInput) as caught:
            listed(s3.uri, lambda name: True)
        return str(caught.value)

    assert "the credentials of the environment may not read it; let them list and read" in asked()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert meaning(S3, "AWS Error ACCESS_DENIED") == (
        "there are no credentials in the environment, or they are not enough; set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    )


@pytest.mark.parametrize(
    "address, error, said",
    [
        (S3, "AWS Error UNKNOWN (HTTP status 301) during ListObjectsV2", "another region; set AWS_REGION"),
        (GS, "Permanent error in ListObjects: bucket does not exist", "there is no bucket 'b'"),
        (GS, "Could not create a OAuth2 access token", "set GOOGLE_APPLICATION_CREDENTIALS"),
        (AZURE, "AuthenticationFailed Server failed to", "AZURE_STORAGE_ACCOUNT_KEY"),
        (AZURE, "ContainerNotFound", "there is no bucket 'box'"),
    ],
)
def test_what_other_stores_say_is_understood(monkeypatch, address, error, said):
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "AZURE_STORAGE_ACCOUNT_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert said in meaning(address, error)


def test_each_scheme_has_its_client(monkeypatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "aGVsbG8=")
    assert isinstance(located(GS), pf.GcsFileSystem) and isinstance(located(AZURE), pf.AzureFileSystem)


def test_an_unknown_failure_is_one_line_without_secrets(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2hunter2")
    with pytest.raises(BadInput) as caught, told(S3, "s3://b/x"):
        raise OSError("odd\nthing hunter2hunter2")
    assert str(caught.value) == "'s3://b/x': cannot be read: odd thing ***; look at the path and the credentials"


def test_a_full_disk_is_no_fault_of_the_store():
    with pytest.raises(OSError, match="No space"), told(S3, "s3://b/x"):
        raise OSError(28, "No space left on device")
