"""Each user once, none without an id, none without a sender; how many are left out is counted."""

import pyarrow as pa
import pytest

from features.errors import BadInput
from serving.campaigns.formats.receivers import and_also, everybody, with_id, with_sender

ROWS = pa.table(
    {
        "user_id": [1, 2, 3, 4, 5, 6],
        "id": ["b", None, "a", " ", "b", "a"],
        "sender": ["x", "x", "y", "x", "y", "y"],
    }
)


def test_files_for_people_leave_out_nobody(target):
    assert everybody(ROWS, target()) == (ROWS, {})


def test_the_first_of_an_id_stays_in_its_order(target):
    kept, left_out = with_id(ROWS, target())
    assert kept["user_id"].to_pylist() == [1, 3]
    assert left_out == {"no_id": 2, "same_id": 2}


def test_an_id_may_have_two_senders(target):
    kept, left_out = with_sender(ROWS, target())
    assert kept["user_id"].to_pylist() == [1, 3, 5]
    assert left_out == {"no_id": 2, "same_id": 1}


def test_who_has_no_sender_is_left_out(target):
    senders = pa.array(["x", "x", None, "x", "  ", ""])
    kept, left_out = with_sender(ROWS.set_column(2, "sender", senders), target())
    assert kept["user_id"].to_pylist() == [1] and left_out == {"no_id": 2, "no_sender": 3}


def test_a_channel_without_senders_is_no_wecom(target):
    kept, left_out = with_sender(ROWS.drop_columns("sender"), target())
    assert kept.num_rows == 0 and left_out == {"not_wecom": 6}


def test_numbers_are_ids_too(target):
    kept, _ = with_id(pa.table({"user_id": [1], "id": [7]}), target())
    assert kept["id"].to_pylist() == ["7"]


@pytest.mark.parametrize("keep", [with_id, with_sender])
def test_a_list_without_ids_is_refused_with_the_setting_to_give(keep, target):
    with pytest.raises(BadInput, match=r"channel 'push': the list has no column 'id'; name one as \[contact.channels"):
        keep(ROWS.drop_columns("id"), target())


def test_a_format_may_leave_out_more(target):
    kept, left_out = and_also(with_id, "odd", lambda one: one != "a")(ROWS, target())
    assert kept["id"].to_pylist() == ["b"] and left_out == {"no_id": 2, "same_id": 2, "odd": 1}
