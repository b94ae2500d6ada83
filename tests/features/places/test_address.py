"""What a URI of object storage names, and which are refused, without a word of the secrets in them."""

import pytest

from features.errors import BadInput
from features.places.address import is_remote, local, parse


@pytest.mark.parametrize(
    "uri, path, again",
    [
        ("s3://b/orders/a.parquet", "b/orders/a.parquet", "s3://b/orders/a.parquet"),
        ("s3://b", "b", "s3://b/"),
        ("gs://my_b.x/a b/c=1", "my_b.x/a b/c=1", "gs://my_b.x/a b/c=1"),
        ("abfss://box@acc.dfs.core.windows.net/o/", "box/o", "abfss://box@acc.dfs.core.windows.net/o"),
    ],
)
def test_an_address_becomes_arrows_path_and_comes_back(uri, path, again):
    address = parse(uri)
    assert (address.path, address.of(address.path)) == (path, again) and is_remote(uri)


def test_an_azure_address_names_its_account():
    assert parse("abfss://box@acc.dfs.core.windows.net/o").account == "acc" and parse("s3://b/o").account == ""


@pytest.mark.parametrize("uri", ["s3:///x", "s3://b*/x", "abfss://box/x", "abfss://@acc/x"])
def test_an_address_without_bucket_is_told(uri):
    with pytest.raises(BadInput, match="names no bucket; write s3://|is no address; write abfss://"):
        parse(uri)


@pytest.mark.parametrize("uri", ["s3://KEY:hunter2@b/x", "gs://hunter2@b/x", "s3://b/x?X-Amz-Signature=hunter2"])
def test_credentials_in_an_address_are_refused_and_not_repeated(uri):
    with pytest.raises(BadInput, match="credentials stand in it; take them out") as caught:
        parse(uri)
    assert "hunter2" not in str(caught.value)


def test_a_file_uri_is_a_plain_path():
    assert local("file:///a%20b/c.csv") == "/a b/c.csv" and local("a/b.csv") == "a/b.csv"
    assert not is_remote("file:///a") and not is_remote("a/b") and not is_remote("C:/x")
    with pytest.raises(ValueError, match="names another machine"):
        local("file://host/a")
