"""The formats of exports; the reference page docs/reference/exports.md follows from this table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from features.errors import BadInput, did_you_mean
from serving.campaigns.formats import braze, clevertap, comma_separated, json_lines, meta, parquet, receivers, wecom
from serving.campaigns.formats.target import ACTIONS, FULL, IN, OUT, Part, Target


@dataclass(frozen=True)
class Format:
    """parts: rows that stay → files. kept: rows → who stays, and how many were left out, by reason."""

    name: str
    what: str
    file: str
    limits: str
    source: str
    parts: Callable[[pa.Table, Target], Iterator[Part]]
    kept: Callable[[pa.Table, Target], receivers.Kept] = receivers.everybody
    actions: tuple[str, ...] = ACTIONS


_LISTS = (FULL, IN, OUT)
LIST = (
    Format(
        "csv",
        "CSV for people and spreadsheets: UTF-8, CR LF, all columns. A cell that begins like a formula stands behind a "
        "', which a program takes off again",
        "part-0001.csv",
        "a batch of users a file",
        "RFC 4180; OWASP, CSV Injection",
        comma_separated.parts,
    ),
    Format(
        "jsonl",
        "JSON lines for programs: an object a user, all columns, null where there is nothing, times ISO 8601 in UTC",
        "part-0001.jsonl",
        "a batch of users a file",
        "jsonlines.org",
        json_lines.parts,
    ),
    Format(
        "parquet",
        "Parquet for programs: all columns in their types, times in UTC",
        "part-0001.parquet",
        "a batch of users a file",
        "parquet.apache.org/docs",
        parquet.parts,
    ),
    Format(
        "braze",
        "CSV for Braze's Import Users: `external_id` and the attributes `holdfast_PLAY` (true; false for `out`), "
        "`holdfast_PLAY_campaign`, `_offer`, `_kind`, `_send_after`, `_send_before`, `_content`. An id that begins "
        "like a formula is left out (`formula_id`)",
        "part-0001.csv",
        "500 MB a file; 255 characters a name and a value",
        "braze.com/docs, CSV import; Setting custom attributes",
        braze.parts,
        braze.kept,
        _LISTS,
    ),
    Format(
        "clevertap",
        "bodies for CleverTap's `POST /1/upload`: profiles by `identity` with the same attributes",
        "part-0001.json",
        "1,000 profiles a call; 120 bytes a key, 512 bytes a value",
        "developer.clevertap.com/docs/upload-user-profiles-api",
        clevertap.parts,
        receivers.with_id,
        _LISTS,
    ),
    Format(
        "meta",
        "payloads for users of a Meta custom audience, `EMAIL_SHA256`: POST adds, DELETE (`out`) takes off. An id has "
        "to be the sha256 of the address, trimmed and in lower case; plays whose names hint at money are refused",
        "part-0001.json, part-0001.delete.json",
        "10,000 hashes a call",
        "developers.facebook.com/docs/marketing-api/reference/custom-audience/users",
        meta.parts,
        receivers.with_id,
        _LISTS,
    ),
    Format(
        "wecom",
        "WeCom 企业微信: bodies for `add_msg_template`, one sender each, and for `mark_tag` (a line a call). Users "
        "without a sender are left out (`no_sender`), and who left a list is sent nothing",
        "part-0001.json, tags part-0001.jsonl",
        "10,000 receivers a message; 4,000 bytes of text; 9 attachments; 100 tags a group",
        "developer.work.weixin.qq.com/document/path/92135, 92117 and 92118",
        wecom.parts,
        wecom.kept,
    ),
)
FORMATS = {one.name: one for one in LIST}


def named(name: str) -> Format:
    """A format by its name; raises BadInput for an unknown one."""
    if name not in FORMATS:
        raise BadInput(f"format '{name}': unknown; {did_you_mean(name, FORMATS)}")
    return FORMATS[name]
