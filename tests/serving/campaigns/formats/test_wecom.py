"""WeCom's bodies are read back by the rules of its documentation; no message ever goes to all customers of a sender."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import BadInput
from serving.campaigns.formats import wecom
from serving.campaigns.formats.target import Target

LINK = {"msgtype": "link", "link": {"title": "Welcome", "url": "https://shop.example/welcome"}}


def message(data: bytes) -> dict:
    """path/92135: with a sender alone all of his customers are meant, so receivers must be there; at most 10,000."""
    call = json.loads(data)
    assert call.keys() <= {"chat_type", "external_userid", "sender", "text", "attachments"}
    assert call["chat_type"] == "single" and isinstance(call["sender"], str) and call["sender"].strip()
    assert 1 <= len(call["external_userid"]) <= 10_000 and all(one and one.strip() for one in call["external_userid"])
    assert len({*call["external_userid"]}) == len(call["external_userid"])
    assert len(call.get("text", {}).get("content", "").encode()) <= 4000
    assert len(call.get("attachments", [])) <= 9 and all(one[one["msgtype"]] for one in call.get("attachments", []))
    return call


def marks(data: bytes) -> list[dict]:
    """path/92118: a member, a customer of his, and tags to add or remove, not both empty; 100 at most."""
    calls = [json.loads(line) for line in data.decode().splitlines()]
    for call in calls:
        assert call.keys() <= {"userid", "external_userid", "add_tag", "remove_tag"}
        assert call["userid"] and call["external_userid"] and (call.get("add_tag") or call.get("remove_tag"))
        assert all(1 <= len(call[name]) <= 100 for name in ("add_tag", "remove_tag") if name in call)
    return calls


def written(rows, what):
    kept, left_out = wecom.kept(rows, what)
    return list(wecom.parts(kept, what)), left_out


def test_each_sender_writes_to_his_own_customers(a_list, target):
    rows = a_list(25)
    found, left_out = written(rows, target(batch=4, text="欢迎", attachments=(LINK,)))
    calls = [message(one.data) for one in found]
    assert [one.rows for one in found] == [len(call["external_userid"]) for call in calls] == [4, 4, 1, 4, 4, 4, 4]
    sent = {(call["sender"], one) for call in calls for one in call["external_userid"]}
    assert sent == {*zip(rows["sender"].to_pylist(), rows["id"].to_pylist(), strict=True)} and left_out == {}
    assert all(call["text"] == {"content": "欢迎"} and call["attachments"] == [LINK] for call in calls)


def test_no_message_has_more_than_10000_receivers(a_list, target):
    found, _ = written(a_list(12_000, sender=["clerk"] * 12_000), target(batch=50_000))
    assert [len(message(one.data)["external_userid"]) for one in found] == [10_000, 2_000]


@given(
    st.lists(st.tuples(st.sampled_from([None, "", " ", "a", "b"]), st.sampled_from([None, "", "x", "y"])), max_size=6)
)
def test_never_a_sender_without_receivers(pairs):
    rows = pa.table(
        {"sender": pa.array([s for s, _ in pairs], pa.string()), "id": pa.array([i for _, i in pairs], pa.string())}
    )
    found, left_out = written(rows, Target("wecom", 1, "p"))
    sent = [(call["sender"], one) for call in (message(part.data) for part in found) for one in call["external_userid"]]
    assert sorted(sent) == sorted({(s, i) for s, i in pairs if s and s.strip() and i})
    assert len(sent) + sum(left_out.values()) == len(pairs)


def test_users_without_a_sender_are_left_out_and_counted(a_list, target):
    found, left_out = written(a_list(4, sender=["a", None, "", " "]), target())
    assert [message(one.data)["external_userid"] for one in found] == [a_list(1)["id"].to_pylist()]
    assert left_out == {"no_sender": 3}
    assert written(a_list(4, sender=None), target()) == ([], {"not_wecom": 4})


def test_who_left_the_list_is_sent_nothing(a_list, target):
    assert written(a_list(4), target(action="out")) == ([], {"no_message": 4})


def test_a_message_without_words_has_none_made_up(a_list, target):
    (part, *_), _ = written(a_list(1), target(content="hello_a"))
    assert message(part.data).keys() == {"chat_type", "external_userid", "sender"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": "欢" * 1333 + "xx"}, "a text of 4001 bytes; WeCom takes 4000"),
        ({"attachments": (LINK,) * 10}, "10 attachments; WeCom takes 9"),
        ({"attachments": ({"msgtype": "link"},)}, "an attachment without its msgtype; give one of image"),
        ({"attachments": ({"msgtype": "voice", "voice": {}},)}, "an attachment without its msgtype"),
    ],
)
def test_what_wecom_does_not_take_is_refused(said, why, a_list, target):
    with pytest.raises(BadInput, match=f"play 'welcome': {why}"):
        written(a_list(1), target(**said))


def test_tags_are_a_line_a_call_and_100_a_call_at_most(a_list, target):
    rows = a_list(
        4,
        add_tags=[["t1", "t2"], None, [], [f"t{at}" for at in range(250)]],
        remove_tags=[["old"], ["old"], None, [f"r{at}" for at in range(120)]],
    )
    found, left_out = written(rows, target(batch=2, action="tags"))
    assert [(one.rows, one.ending) for one in found] == [(2, ".jsonl"), (1, ".jsonl")] and left_out == {"no_tags": 1}
    calls = [call for one in found for call in marks(one.data)]
    who = {"userid": "clerk0", "external_userid": rows["id"][0].as_py()}
    assert calls[0] == who | {"add_tag": ["t1", "t2"], "remove_tag": ["old"]}
    assert calls[1].keys() == {"userid", "external_userid", "remove_tag"}
    assert [tag for call in calls[2:] for tag in call.get("add_tag", [])] == rows["add_tags"][3].as_py()
    assert [tag for call in calls[2:] for tag in call.get("remove_tag", [])] == rows["remove_tags"][3].as_py()


def test_tags_need_a_sender_and_columns_of_tags(a_list, target):
    rows = a_list(2, sender=["a", None], add_tags=[["t"], ["t"]])
    assert written(rows, target(action="tags"))[1] == {"no_sender": 1}
    with pytest.raises(BadInput, match="channel 'push': no column 'add_tags' or 'remove_tags'; give lists of tag ids"):
        written(a_list(2), target(action="tags"))
