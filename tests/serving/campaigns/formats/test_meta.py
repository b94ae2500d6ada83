"""Meta's payloads are read back by the rules of its documentation; nothing but hashes reaches it."""

import hashlib
import json
import re

import pytest

from features.errors import BadInput
from serving.campaigns.formats.meta import hints_at_money, parts


def read(data: bytes) -> list[str]:
    """Custom Audience Users: a payload of a schema and its data, at most 10,000 records, sha256 in lower-case hex."""
    body = json.loads(data)
    assert body.keys() == {"payload"} and body["payload"].keys() == {"schema", "data"}
    assert body["payload"]["schema"] == "EMAIL_SHA256" and 1 <= len(body["payload"]["data"]) <= 10_000
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in body["payload"]["data"])
    return body["payload"]["data"]


def test_hashes_come_back_10000_a_call_at_most(a_list, target):
    rows = a_list(25_000)
    found = list(parts(rows, target(batch=50_000)))
    assert [one.rows for one in found] == [10_000, 10_000, 5_000]
    assert [one for part in found for one in read(part.data)] == rows["id"].to_pylist()
    assert [one.rows for one in parts(a_list(25), target(batch=10))] == [10, 10, 5]


def test_the_hash_is_the_one_that_meta_makes_of_the_address(a_list, target):
    made = hashlib.sha256(" Anna@Example.com ".strip().lower().encode()).hexdigest()
    (part,) = parts(a_list(1, id=[made.upper()]), target())
    assert read(part.data) == [made]


def test_who_left_goes_by_a_call_of_its_own_name(a_list, target):
    assert [one.ending for one in parts(a_list(1), target(action="out"))] == [".delete.json"]
    assert [one.ending for one in parts(a_list(1), target(action="in"))] == [".json"]


@pytest.mark.parametrize("bad", ["u17", "0" * 63, "0" * 65, "g" * 64, "0" * 64 + "\n", hashlib.md5(b"a").hexdigest()])
def test_what_is_no_sha256_is_refused_and_not_quoted(bad, a_list, target):
    with pytest.raises(
        BadInput, match="channel 'push': 1 of 3 ids are not 64 hex digits; Meta takes the sha256"
    ) as error:
        list(parts(a_list(3, id=[*a_list(2)["id"].to_pylist(), bad]), target()))
    assert bad not in str(error.value)


MONEY = [
    "high_value",
    "bigSpenders",
    "low-income",
    "debtors_with_debt",
    "高价值召回",
    "余额提醒",
    "credit score",
    "LTV top",
]


@pytest.mark.parametrize("name", MONEY)
def test_a_name_that_hints_at_money_is_refused(name, a_list, target):
    assert hints_at_money(name)
    with pytest.raises(BadInput, match="its name hints at money, and Meta blocks such audiences; name it otherwise"):
        list(parts(a_list(1), target(play=name)))
    with pytest.raises(BadInput, match="play 'welcome': its name hints at money"):
        list(parts(a_list(1, zh=[name]), target()))


@pytest.mark.parametrize("name", ["winback", "first_order", "birthday", "evaluation", "discreditable", "召回", "生日"])
def test_other_names_are_not(name, a_list, target):
    assert not hints_at_money(name)
    assert len(list(parts(a_list(1, zh=[name], en=[None]), target(play=name)))) == 1
