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
        (tmp_path / "holdfast.toml").write_text(f'[tables.orders]\npath = "o.csv"\n{line}\n')
        return load(tmp_path / "holdfast.toml").hash()

    assert hashed("") == "d43daef7af06d874"
    assert hashed('decimal = ","') != hashed("")
