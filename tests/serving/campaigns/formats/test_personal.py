"""What is personal is found by column and by value, and what is an id is let through."""

import random
import string
import uuid

import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.campaigns.formats import personal
from serving.campaigns.formats.cells import plain
from serving.scoring.columns import COLUMNS

ADDRESSES = [
    "anna@example.com",
    "A.B+c@mail.example.co.uk",
    "王芳@例子.中国",
    "anna%40example.com",
    "ａnna＠example.com",
]
NUMBERS = [
    "+8613800138000", "+86 138 0013 8000", "13800138000", "138-0013-8000", "0086 13800138000", "8613800138000",
    "１３８００１３８０００", "+49 171 1234567", "+1 (415) 555-2671", "(415) 555-2671", "415-555-2671", "0171 1234567",
    "021-65432100", "020 7946 0958", "01 42 68 53 00", "+442079460958", "wx_13800138000", "tel:13800138000",
]  # fmt: skip
NAMES = [
    "王芳",
    "欧阳小明",
    "Anna Smith",
    "Smith, Anna",
    "José Álvarez García",
    "O'Neil Mary",
    "김민준",
    "さくら",
    "阿依古丽·买买提",
]
GOOD = [
    "wmqfasd1e1927831123109rBAAAA",
    "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
    "coupon_20",
    "u17",
    "2026-06-01-abc/play",
    "1234567",
]


def refused(column, values, target):
    with pytest.raises(BadInput) as error:
        personal.check(plain(pa.table({column: values})), target())
    return str(error.value)


@pytest.mark.parametrize("value", [*ADDRESSES, *NUMBERS, *NAMES])
@pytest.mark.parametrize("column", ["id", "user_id", "sender"])
def test_one_among_many_ids_is_found_and_never_quoted(value, column, target):
    said = refused(column, [*GOOD, value], target)
    assert said.startswith(f"column '{column}': 1 of ") and "sha256 hash" in said
    assert value not in said and "\n" not in said


@pytest.mark.parametrize("value", [*ADDRESSES, *NUMBERS])
@pytest.mark.parametrize("around", ["{}", "wrote from {}, twice", "来自{}。", "({})", "called {}."])
def test_addresses_and_numbers_are_found_within_reasons(value, around, target):
    said = refused("reasons", [["2 orders in the last 90 days", around.format(value)], None], target)
    assert said.startswith("column 'reasons': 1 of 2") and value not in said


def test_ids_are_let_through(target):
    draw = random.Random(1)
    several = {
        "uuid": [str(uuid.UUID(int=draw.getrandbits(128), version=4)) for _ in range(20_000)],
        "hash": [f"{draw.getrandbits(256):064x}" for _ in range(20_000)],
        "short hash": [f"{draw.getrandbits(96):x}" for _ in range(20_000)],
        "eleven digits": [str(draw.randrange(10**10, 10**11)) for _ in range(2_000)],
        "snowflakes": [str(draw.randrange(10**17, 10**18)) for _ in range(20_000)],
        "milliseconds": [str(1_780_000_000_000 + draw.randrange(10**9)) for _ in range(2_000)],
        "base64": ["".join(draw.choices(string.ascii_letters + string.digits + "+/-_", k=22)) for _ in range(20_000)],
        "padded": [f"{one:010}" for one in range(2_000)],
        "good": GOOD,
    }
    for values in several.values():
        personal.check(plain(pa.table({"id": values, "user_id": values})), target())


def test_reasons_with_counts_money_and_dates_are_let_through(target):
    reasons = [
        "2 orders in the last 90 days, 6 in the 90 days before",
        "spent 13,800,138,000",
        "since 2026-01-15 09:00",
    ]
    personal.check(plain(pa.table({"reasons": [reasons]})), target())


def test_whole_numbers_are_ids_unless_all_are_mobile_numbers(target):
    draw = random.Random(1)
    for fine in (range(1000), range(13_800_000_000, 13_800_001_000), [draw.randrange(2**62) for _ in range(1000)]):
        personal.check(pa.table({"user_id": pa.array(fine, pa.int64())}), target())
    numbers = [int(f"1{draw.choice('356789')}{draw.randrange(10**9):09}") for _ in range(1000)]
    assert "look like a phone number" in refused("user_id", numbers, target)


@pytest.mark.parametrize(
    "column",
    ["email", "Email", "e_mail", "phone", "mobile", "home_phone", "phoneNumber", "name", "first_name", "customer_name",
     "cellPhone", "street", "手机", "手机号", "姓名", "联系电话", "邮箱", "address"],
)  # fmt: skip
def test_a_column_that_is_personal_by_name_is_refused(column, target):
    said = refused(column, ["x"], target)
    assert said.startswith(f"column '{column}': looks personal") and f"{column}_sha256" in said


def test_a_number_under_such_a_name_is_refused_too(target):
    assert "'mobile'" in refused("mobile", [1], target)


def test_columns_of_hashes_of_things_and_of_counts_are_let_through(target):
    kinds = {"phone_sha256": "x", "email_hash": "x", "手机_md5": "x", "play_name": "x", "email_opens_30d": 1}
    personal.check(pa.table({name: [value] for name, value in kinds.items()} | {"consent_email": [True]}), target())


def test_no_column_of_a_snapshot_looks_personal():
    assert [one.name for one in COLUMNS if personal.looks_personal(one.name, pa.string())] == []


def test_the_names_of_the_list_itself_are_looked_at(target):
    with pytest.raises(BadInput, match="channel, play and content of the list: 1 of 3 values look like an e-mail"):
        personal.check(pa.table({"user_id": [1]}), target(content="for anna@example.com"))
