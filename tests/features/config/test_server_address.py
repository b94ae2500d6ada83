"""A password is refused in the file and masked in what is told; an address without one will do."""

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.config.server_address import known_place, masked, scheme_of, scrubbed, without_password


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ann:tiger@host/shop",
        "postgresql://${USER}:tiger@host/shop",
        "postgresql://ann:${WORD:-tiger}@host/shop",
        "${DB:-postgresql://ann:tiger@host/shop}",
        "postgresql://host/shop?user=ann&password=tiger",
        "postgresql://host/shop?sslmode=require&sslpassword=tiger",
        "postgresql://host/shop?SSLPassword=tiger",
        "postgresql://host/shop?p%61ssword=tiger",
        "postgresql://host/shop?sslkey=a&sslpassword=${WORD:-tiger}",
        "postgresql://ann:big/tiger@host/shop",
        "postgresql://:tiger@host/shop",
        "host=db user=ann password=tiger",
        "host=db password = 'big tiger'",
        "mysql+pymysql://host/shop?passwd=tiger",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BUID%3Dann%3BPWD%3Dtiger",
        "postgresql://host/shop?oauth_client_secret=tiger",
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
        "postgresql://host/shop?sslpassword=${WORD}&sslmode=require",
        "postgresql://host:5432/shop?passfile=secret@home",
        "postgresql://one:5432,two:5432/shop",
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


PASSWORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=4, max_size=20).filter(
    lambda word: not set(word) & set("*") and word.strip() == word
)


def quoted(word):
    """As libpq takes it."""
    return word.replace("\\", "\\\\").replace("'", "\\'")


WAYS = {
    "before the @": lambda word: f"postgresql://ann:{quote(word, safe='')}@db:5432/shop",
    "before the @, hardly encoded": lambda word: f"postgresql://ann:{word}@db/shop",
    "of nobody": lambda word: f"postgresql://:{quote(word, safe='')}@db/shop",
    "in a query": lambda word: f"postgresql://db/shop?user=ann&password={quote(word, safe='')}&sslmode=require",
    "of a key": lambda word: f"postgresql://db/shop?sslpassword={quote_plus(word)}",
    "under an encoded key": lambda word: f"postgresql://db/shop?p%61ssword={quote(word, safe='')}",
    "in capitals": lambda word: f"mysql://db/shop?PASSWD={quote(word, safe='')}",
    "as libpq takes it": lambda word: f"host=db sslpassword='{quoted(word)}' user=ann",
    "as libpq takes it, with spaces": lambda word: f"host=db password = '{quoted(word)}'",
    "within another": lambda word: (
        "mssql:///?odbc_connect=" + quote(f"UID=ann;PWD={quote(word, safe='')};X=1", safe="")
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@given(word=PASSWORDS)
@example("ti'ger")
@example("ti@g:er/x")
@example("ti ger&x=y")
@example("100%25 tiger")
def test_no_form_of_a_password_is_told(way, word):
    address = way(word)
    told = [
        word,
        quote(word),
        quote(word, safe=""),
        quote_plus(word),
        repr(word)[1:-1],
        json.dumps(word)[1:-1],
        address,
    ]
    for text in told:
        found = masked(f"cannot connect ({text})", address)
        assert "***" in found and (word not in found or word in f"cannot connect ({way('')})")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('uri = "postgresql://ann:tiger@db/shop"', 'uri = "postgresql://ann:***@db/shop"'),
        ('uri = "postgresql://db/shop?sslpassword=tiger&a=b"', 'uri = "postgresql://db/shop?sslpassword=***&a=b"'),
        ("uri = \"host=db password='big tiger'\"", 'uri = "host=db password=***"'),
        ('uri = "postgresql://${USER}:${WORD}@db?password=${WORD}"', None),
        ('path = "s3://shop/orders@2024"  # 10:30', None),
        ("tokens = 3\npasswords_column = 1", None),
    ],
)
def test_a_text_is_scrubbed_of_what_looks_like_a_password(text, left):
    assert scrubbed(text) == (left or text)


def test_a_scheme_is_what_stands_before_the_slashes_alone():
    assert [scheme_of(one) for one in ("S3://b", "a/b.csv", "${LAKE}/x", "C:/x", "a b://c")] == ["s3", "", "", "", ""]
    assert known_place("${LAKE}/orders") == "${LAKE}/orders"  # looked at again when it is filled in
    assert known_place("s3://${BUCKET:-b}/o/year=*/part-?.parquet")
