"""Braze's CSV is read back by the rules of its documentation."""

import csv
import io

import pytest

from features.errors import BadInput
from serving.campaigns.formats import braze

BRAZE_OWN = {"first_name", "last_name", "email", "phone", "country", "language", "dob", "gender", "home_city"}


def read(data: bytes) -> dict[str, dict]:
    """braze.com/docs, CSV import: up to 500 MB, ``external_id`` for the user, headers of at most 255 characters
    that are none of Braze's own; true and false are booleans, and a blank value overwrites nothing."""
    assert len(data) <= 500 * 10**6
    head, *records = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    assert head.count("external_id") == 1 and len({*head}) == len(head) and not BRAZE_OWN & {*head}
    assert all(name and len(name) <= 255 and not name.startswith("$") for name in head)
    users = {}
    for record in records:
        row = dict(zip(head, record, strict=True))
        user = row.pop("external_id")
        assert user and user not in users and all(len(value) <= 255 for value in row.values())
        users[user] = {name: {"true": True, "false": False}.get(value, value) for name, value in row.items() if value}
    assert users
    return users


def written(rows, what):
    return list(braze.parts(braze.kept(rows, what)[0], what))


def test_users_and_attributes_come_back(a_list, target):
    rows = a_list(25)
    found = written(rows, target(batch=10, content="hello_a"))
    assert [one.rows for one in found] == [10, 10, 5]
    users = {user: row for one in found for user, row in read(one.data).items()}
    assert list(users) == rows["id"].to_pylist()
    first, second = list(users.values())[:2]
    assert "holdfast_welcome_offer" not in first and second["holdfast_welcome_offer"] == "coupon_20"
    assert second["holdfast_welcome"] is True and second["holdfast_welcome_content"] == "hello_a"
    assert second["holdfast_welcome_send_after"] == "2026-06-02T01:00:00Z"
    assert "user_id" not in second


def test_who_left_is_set_to_false(a_list, target):
    (part,) = written(a_list(2), target(action="out"))
    assert [*read(part.data).values()] == [{"holdfast_welcome": False}] * 2


def test_a_file_is_split_at_500_mb(a_list, target, monkeypatch):
    assert braze.MOST_BYTES <= 500 * 10**6
    monkeypatch.setattr(braze, "MOST_BYTES", 2000)
    found = written(a_list(50), target())
    assert len(found) > 3 and max(len(one.data) for one in found) <= 2000
    assert sum(len(read(one.data)) for one in found) == 50


def test_an_id_that_a_spreadsheet_would_run_is_left_out_rather_than_changed(a_list, target):
    rows = a_list(3, id=["=1+1", "a-1", "-x"])
    kept, left_out = braze.kept(rows, target())
    assert kept["id"].to_pylist() == ["a-1"] and left_out == {"formula_id": 2}


def test_an_attribute_that_is_too_long_is_refused(a_list, target):
    with pytest.raises(BadInput, match="a value of 256 characters; Braze takes 255"):
        written(a_list(1, offer=["x" * 256]), target())
