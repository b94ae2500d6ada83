"""WeCom 企业微信: message templates per sender, and tags, for the server API of customer contact.

From developer.work.weixin.qq.com/document/path/92135 (创建企业群发, add_msg_template): ``chat_type`` single, at most
10,000 ``external_userid``, text of at most 4,000 bytes, at most 9 attachments, text and attachments not both missing.
**A message with a sender and no receiver goes to all of that sender's customers**, so none is ever written. From
path/92118 (编辑客户企业标签, mark_tag): ``userid``, ``external_userid``, ``add_tag``, ``remove_tag``, not both empty; a
group of tags holds at most 100 (path/92117), and no call names more.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import BadInput
from serving.campaigns.formats.json_lines import dumps
from serving.campaigns.formats.receivers import NO_MESSAGE, NO_TAGS, Kept, with_sender
from serving.campaigns.formats.target import OUT, TAGS, Part, Target

MOST, TEXT_BYTES, ATTACHMENTS, MOST_TAGS = 10_000, 4000, 9, 100
KINDS = ("image", "link", "miniprogram", "video", "file")
_TAGS = ("add_tags", "remove_tags")


def kept(rows: pa.Table, what: Target) -> Kept:
    """Users with an id and a sender; nobody for a list of those who left; for tags, those with any."""
    if what.action == OUT:
        return rows.slice(0, 0), {NO_MESSAGE: rows.num_rows} if rows.num_rows else {}
    rows, left_out = with_sender(rows, what)
    if what.action != TAGS:
        return rows, left_out
    if not {*_TAGS} & {*rows.column_names}:
        raise BadInput(f"channel '{what.channel}': no column 'add_tags' or 'remove_tags'; give lists of tag ids")
    counts = [pc.fill_null(pc.list_value_length(rows[one]), 0) for one in _TAGS if one in rows.column_names]
    some = rows.filter(pc.greater(counts[0] if len(counts) == 1 else pc.add(*counts), 0))
    nothing = rows.num_rows - some.num_rows
    return some, left_out | ({NO_TAGS: nothing} if nothing else {})


def parts(rows: pa.Table, what: Target) -> Iterator[Part]:
    """Messages: a file is one call, a sender and at most a batch of receivers. Tags: a line is one call."""
    return _tags(rows, what) if what.action == TAGS else _messages(rows, what)


def _messages(rows: pa.Table, what: Target) -> Iterator[Part]:
    said = _said(what)
    receivers: dict[str, list[str]] = {}
    for sender, receiver in zip(rows["sender"].to_pylist(), rows["id"].to_pylist(), strict=True):
        receivers.setdefault(sender, []).append(receiver)
    size = min(what.batch, MOST)
    for sender in sorted(receivers):
        for at in range(0, len(receivers[sender]), size):
            some = receivers[sender][at : at + size]
            call = {"chat_type": "single", "external_userid": some, "sender": sender} | said
            yield Part(len(some), (dumps(call) + "\n").encode(), ".json")


def _said(what: Target) -> dict[str, Any]:
    """The message; nothing where the list has none, which WeCom refuses until somebody puts one in."""
    size = len(what.text.encode())
    if size > TEXT_BYTES:
        raise BadInput(f"play '{what.play}': a text of {size} bytes; WeCom takes {TEXT_BYTES}, so shorten it")
    if len(what.attachments) > ATTACHMENTS:
        raise BadInput(f"play '{what.play}': {len(what.attachments)} attachments; WeCom takes {ATTACHMENTS}")
    for one in what.attachments:
        if one.get("msgtype") not in KINDS or not one.get(one["msgtype"]):
            raise BadInput(f"play '{what.play}': an attachment without its msgtype; give one of {', '.join(KINDS)}")
    said: dict[str, Any] = {"text": {"content": what.text}} if what.text else {}
    return said | ({"attachments": [dict(one) for one in what.attachments]} if what.attachments else {})


def _tags(rows: pa.Table, what: Target) -> Iterator[Part]:
    for at in range(0, rows.num_rows, what.batch):
        some = rows.slice(at, what.batch).to_pylist()
        lines = [dumps(call) for row in some for call in _calls(row)]
        yield Part(len(some), "".join(f"{line}\n" for line in lines).encode(), ".jsonl")


def _calls(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    add, remove = ([one for one in row.get(name) or () if one] for name in _TAGS)
    who = {"userid": row["sender"], "external_userid": row["id"]}
    for at in range(0, max(len(add), len(remove)), MOST_TAGS):
        both = {"add_tag": add[at : at + MOST_TAGS], "remove_tag": remove[at : at + MOST_TAGS]}
        yield who | {name: tags for name, tags in both.items() if tags}
