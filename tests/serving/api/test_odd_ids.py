"""Users whose ids are texts with slashes, of any length, or digits: found by GET as by POST."""

from dataclasses import replace
from urllib.parse import quote

import pyarrow as pa
import pytest

ODD = [
    "a/b",
    "/",
    "//",
    "a//b/",
    "shop/7?x=1#y",
    "x" * 5000,
    "a/" * 4000,
    "7",
    "7.0",
    "007",
    "é/ü",
    " ",
    "*",
]


@pytest.fixture
def served(inside, base, write_snapshot, monkeypatch):
    """A snapshot of users with these ids, served."""
    from serving.api.service import READS

    table = base.snapshot.table().slice(0, len(ODD))
    table = table.set_column(table.schema.get_field_index("user_id"), "user_id", pa.array(ODD))
    about = {name: base.snapshot.manifest[name] for name in ("model_version", "as_of")}
    snapshot = write_snapshot("2030-01-01-odd", table.sort_by("user_id"), **about)
    live = READS.state.live
    monkeypatch.setattr(live, "_current", replace(live.current(), snapshot=snapshot))
    return snapshot


@pytest.mark.parametrize("user", ODD, ids=[one[:12] for one in ODD])
def test_a_user_is_found_by_get_and_by_post(inside, served, user):
    status, answer = inside.ask(f"/v1/users/{quote(user, safe='')}")
    assert (status, answer.get("user", {}).get("user_id")) == (200, user)
    assert [one["user_id"] for one in inside.ask("/v1/score", {"user_ids": [user]})[1]["users"]] == [user]


@pytest.mark.parametrize("user", ["7%0A", "a%0Ab"])
def test_an_id_that_no_path_can_hold_is_sent_to_post(inside, served, user):
    status, answer = inside.ask(f"/v1/users/{user}")
    assert status == 400 and answer["message"].endswith("by POST /v1/score")


def test_a_number_is_the_user_of_that_text(inside, served):
    answer = inside.ask("/v1/score", {"user_ids": [7, "7", 8]})[1]
    assert [one["user_id"] for one in answer["users"]] == ["7"] and answer["unknown"] == [8]


def test_a_text_that_is_a_number_finds_the_user_of_that_number_once(inside, wanted):
    one, other = wanted[0]["user_id"], wanted[1]["user_id"]
    answer = inside.ask("/v1/score", {"user_ids": [str(one), other, one, f"{other}.0", "ann"]})[1]
    assert [row["user_id"] for row in answer["users"]] == [one, other] and answer["unknown"] == ["ann"]
