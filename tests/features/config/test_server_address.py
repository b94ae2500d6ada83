"""A password is refused in the file and masked in what is told; an address without one will do."""

import pytest

from features.config.server_address import masked, without_password


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ann:tiger@host/shop",
        "postgresql://${USER}:tiger@host/shop",
        "postgresql://ann:${WORD:-tiger}@host/shop",
        "${DB:-postgresql://ann:tiger@host/shop}",
        "postgresql://host/shop?user=ann&password=tiger",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_told(uri):
    with pytest.raises(ValueError, match="a password stands in it") as caught:
        without_password(uri)
    assert "tiger" not in str(caught.value)


@pytest.mark.parametrize(
    "uri",
    [
        "${DB}",
        "postgresql://${DB}",
        "postgresql://ann:${WORD}@host:5432/shop",
        "postgresql://ann@host:5432/shop?passfile=secret@home",
        "postgresql://host/shop?password=${WORD}",
    ],
)
def test_an_address_without_a_password_will_do(uri):
    assert without_password(uri) == uri


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:big%20tiger@host/shop",
        "postgresql://ann:big tiger@host:port/shop",
        "postgresql://host/shop?user=ann&password=big%20tiger",
    ],
)
def test_a_password_is_masked_however_it_is_repeated(address):
    for told in (f"cannot parse {address}", 'unexpected spaces in "big tiger"'):
        assert "tiger" not in masked(told, address) and "***" in masked(told, address)


def test_what_is_no_address_is_left():
    assert masked("told", "postgresql://[") == "told"
