"""How a table is written is checked when the file is read, and each refusal names the cure."""

import pytest

from features.config import load
from features.errors import BadInput


@pytest.fixture
def told(tmp_path):
    """told(line): what is said of a line in [tables.orders], empty where it is taken."""

    def read(line):
        file = tmp_path / "holdfast.toml"
        file.write_text(f'[tables.orders]\npath = "o.csv"\n{line}\n', encoding="utf-8")
        try:
            load(file)
        except BadInput as error:
            return str(error).removeprefix("holdfast.toml: tables.orders")
        return ""

    return read


@pytest.mark.parametrize(
    "line",
    [
        'time_format = ["%d/%m/%Y", "epoch_ms"]',
        'encoding = "gbk"',
        'delimiter = "\\t"',
        'decimal = ","\nthousands = "."',
        'currency = ["€", "EUR"]',
    ],
)
def test_what_can_be_read_is_taken(told, line):
    assert told(line) == ""


@pytest.mark.parametrize(
    "line, words",
    [
        ('time_format = "epoch"', ".time_format: 'epoch' is no time format; write a pattern such as"),
        ('encoding = "klingon"', ".encoding: no encoding 'klingon'; write one such as 'utf-16'"),
        ('encoding = "base64"', ".encoding: no encoding 'base64'"),
        ('delimiter = "ab"', ".delimiter: 'ab' cannot stand between values; write one such as"),
        ('thousands = "."', ": thousands = '.' is what stands before the decimals, too; set decimal"),
        ('decimal = ","\nthousands = ","', ": thousands = ',' is what stands before the decimals, too"),
        ('currency = "1"', ".currency: '1' is no currency; write its sign or code"),
    ],
)
def test_what_cannot_is_refused_with_the_cure(told, line, words):
    assert told(line).startswith(words)


def test_settings_that_say_nothing_leave_the_hash_alone(tmp_path):
    def hashed(line):
        (tmp_path / "holdfast.toml").write_text(f'[tables.orders]\npath = "o.csv"\n{line}\n[train]\nrows = 100000\n')
        return load(tmp_path / "holdfast.toml").hash()  # with the rows that were the default then

    assert hashed("") == "d43daef7af06d874"
    assert hashed('decimal = ","') != hashed("")


LINK = 'columns = { user_id = { id_type = "card", column = "card_no" } }'
IDS = '[tables.identities]\npath = "i.csv"'


def test_a_user_may_be_told_by_another_id(tmp_path):
    file = tmp_path / "holdfast.toml"
    file.write_text(f'[tables.orders]\npath = "o.csv"\n{LINK}\n{IDS}\n')
    orders = load(file).tables["orders"]
    assert (orders.linked.id_type, orders.linked.column) == ("card", "card_no")
    assert (orders.theirs("user_id"), orders.theirs("time")) == ("card_no", "time")
    assert load(file).user_tables == ["orders"]


@pytest.mark.parametrize(
    "line, words",
    [
        (LINK, ".columns.user_id: id_type 'card' needs [tables.identities]; add it with a path"),
        (
            LINK.replace("user_id", "order_id") + "\n" + IDS,
            ".columns.order_id: identities tells the user_id of other tables only; name a column of the file",
        ),
        (
            IDS + "\n" + LINK,
            "holdfast.toml: tables.identities.columns.user_id: identities tells the user_id of other tables only",
        ),
        (
            IDS,
            "holdfast.toml: tables.identities: no table tells its users by another id; write user_id = { id_type = "
            '"card", column = "card_no" } into the columns of one, or take it out',
        ),
        (LINK.replace("id_type", "id_typ") + "\n" + IDS, ".columns.user_id.id_type: is missing; add it (and 1 more)"),
        (
            LINK.replace("column =", "colum = 1, column =") + "\n" + IDS,
            ".columns.user_id.colum: no such key; did you mean 'column'?",
        ),
        (LINK.replace('"card"', "7") + "\n" + IDS, ".columns.user_id.id_type: 7 will not do: input should be a valid"),
        ("columns = { user_id = 7 }", ".columns.user_id: 7 will not do: input should be a valid string"),
        (
            LINK + "\n" + IDS + '\n[churn]\nactivity = ["identities"]',
            "holdfast.toml: churn.activity[0]: 'identities' is",
        ),
    ],
)
def test_what_identities_cannot_tell_is_refused_with_the_cure(told, line, words):
    assert told(line).startswith(words)


@pytest.mark.parametrize("path", ["s3://b/o/*.parquet", "gs://b/o", "abfss://c@a.dfs.core.windows.net/o", "file:///o"])
def test_a_path_on_object_storage_is_taken(path, tmp_path):
    file = tmp_path / "holdfast.toml"
    file.write_text(f'[tables.orders]\npath = "{path}"\n[tables.users]\npath = ["{path}", "${{LAKE}}/x"]\n')
    assert load(file).tables["orders"].patterns() == [path]


@pytest.mark.parametrize(
    "path, words",
    [
        ("s3a://b/o", "s3a:// is not read; write s3://"),
        ("https://b/o", "https:// is not read; write s3://, gs://, abfss://, file:// or a plain path"),
        ("s3://AKIA1:tiger@b/o", "credentials stand in it; take them out and set them in the environment"),
        ("s3://tiger@b/o", "credentials stand in it"),
        ("abfss://c@a.dfs.core.windows.net/o?sv=1&sig=tiger", "credentials stand in it"),
        ("gs://b/o?access_token=tiger", "credentials stand in it"),
    ],
)
def test_another_scheme_and_credentials_are_refused_and_not_told(path, words, tmp_path):
    file = tmp_path / "holdfast.toml"
    for given in (f'"{path}"', f'["a.csv", "{path}"]'):
        file.write_text(f"[tables.orders]\npath = {given}\n")
        with pytest.raises(BadInput) as caught:
            load(file)
        assert str(caught.value).startswith(f"holdfast.toml: tables.orders.path: {words}")
        assert "tiger" not in str(caught.value)


def test_a_format_needs_one_path_and_leaves_the_hash_of_others(tmp_path):
    file = tmp_path / "holdfast.toml"
    file.write_text('[tables.orders]\npath = ["a", "b"]\nformat = "delta"\n')
    with pytest.raises(BadInput, match='format = "delta" without one path; name the folder of the table as path'):
        load(file)
    hashes = []
    for line in ("", 'format = "delta"\n', 'format = "iceberg"\n'):
        file.write_text(f'[tables.orders]\npath = "a"\n{line}')
        hashes.append(load(file).hash())
    assert len(set(hashes)) == 3
