"""Tests for tags synced out: what is set and taken off, by the tags that the platform holds."""

import csv
import json
from datetime import datetime, timedelta

import pytest

from features.errors import BadInput
from serving.campaigns.lists.tag_sync import sync_tags
from tests.serving.campaigns.world import AS_OF, snapshot

NOW = datetime(2026, 3, 9, 10)
TOML = """
[contact.channels.wecom]
id = "users.external_userid"
sender = "users.wecom_owner"
[contact.channels.email]
[[segment]]
name = "rich"
all = ["value_at_stake >= 10"]
[[tag]]
name = "value:high"
segment = "rich"
"""


@pytest.fixture
def tagged(shop):
    """A base of four users, of whom user 3 has no id in WeCom; tags as given, day by day."""
    one = shop(TOML, users=4)
    for place, row in enumerate(one.users):
        row["external_userid"] = None if place == 3 else f"wm{place}"
        row["wecom_owner"] = "zhangsan" if place < 2 else "lisi"
    days = iter(range(100))

    def sync(tags, channel="wecom", form="wecom"):
        scored = [{"user_id": user, "value_at_stake": 1.0, "tags": names} for user, names in enumerate(tags)]
        made = snapshot(one.config, scored, AS_OF + timedelta(days=next(days)), 0, one.user)
        return sync_tags(one.base, made, channel, form, NOW, "ann")

    sync.rows = one.users
    return sync


def calls(done):
    return [json.loads(line) for file in sorted(done.folder.glob("part-*")) for line in file.read_text().splitlines()]


def test_first_everybody_s_tags_are_set_then_only_what_changed(tagged):
    first = tagged([["a", "b"], ["a"], [], ["a"]])
    assert calls(first) == [
        {"userid": "zhangsan", "external_userid": "wm0", "add_tag": ["a", "b"]},
        {"userid": "zhangsan", "external_userid": "wm1", "add_tag": ["a"]},
    ]
    assert first.receipt["rows"] == 2
    assert calls(tagged([["b"], ["a"], ["c"], ["a"]])) == [
        {"userid": "zhangsan", "external_userid": "wm0", "remove_tag": ["a"]},
        {"userid": "lisi", "external_userid": "wm2", "add_tag": ["c"]},
    ]


def test_who_was_left_out_of_a_sync_is_not_held_and_comes_with_the_next(tagged):
    tagged.rows[0]["wecom_owner"] = None
    first = tagged([["a"], ["b"], [], []])
    assert len(calls(first)) == 1 and first.left_out == {"no_sender": 1}
    again = tagged([["a"], ["b"], [], []])
    assert again.folder is None and again.left_out == {"no_sender": 1}  # told, though there is nothing to write
    tagged.rows[0]["wecom_owner"] = "lisi"
    assert calls(tagged([["a"], ["b"], [], []])) == [{"userid": "lisi", "external_userid": "wm0", "add_tag": ["a"]}]


def test_where_no_tag_changed_nothing_is_written(tagged):
    tagged([["a"], [], [], []])
    assert tagged([["a"], [], [], []]).folder is None


def test_who_has_no_id_in_the_channel_is_left_out_and_who_lost_all_tags_is_told(tagged):
    assert tagged([[], [], [], ["a"]]).folder is None
    tagged([["a"], [], [], []])
    assert calls(tagged([[], [], [], []])) == [{"userid": "zhangsan", "external_userid": "wm0", "remove_tag": ["a"]}]


def test_tables_say_it_too(tagged):
    done = tagged([["a", "b"], [], [], []], "email", "csv")
    (file,) = done.folder.glob("part-*.csv")
    (row,) = csv.DictReader(file.open(encoding="utf-8", newline=""))
    assert (row["user_id"], row["add_tags"], row["remove_tags"]) == ("0", "a; b", "")


def test_what_cannot_be_is_said_in_one_line_with_the_cure(tagged, shop):
    with pytest.raises(BadInput, match=r"no \[contact\.channels\.wecm\]; did you mean 'wecom'\?"):
        tagged([["a"], [], [], []], "wecm")
    with pytest.raises(BadInput, match="takes no 'tags'"):
        tagged([["a"], [], [], []], "wecom", "braze")
    bare = shop(users=1)
    made = snapshot(bare.config, [{"user_id": 0}], AS_OF, 0, bare.user)
    with pytest.raises(BadInput, match=r"no \[\[tag\]\]; write one"):
        sync_tags(bare.base, made, "email", "csv", NOW, "ann")
