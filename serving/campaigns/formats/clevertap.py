"""CleverTap: bodies of the API "Upload User Profiles", one file a call (POST /1/upload).

From developer.clevertap.com/docs/upload-user-profiles-api: ``d`` holds at most 1,000 profiles, each with ``type``
profile, an ``identity`` and ``profileData``; keys have at most 120 bytes, values 512; a profile has at most 256 keys of
its own.
"""

from collections.abc import Iterator

import pyarrow as pa

from serving.campaigns.formats.attributes import attributes, fitting
from serving.campaigns.formats.cells import json_value
from serving.campaigns.formats.json_lines import dumps
from serving.campaigns.formats.target import Part, Target

MOST = 1000
KEY_BYTES, VALUE_BYTES = 120, 512


def parts(rows: pa.Table, what: Target) -> Iterator[Part]:
    """A body of every batch of at most 1,000 users; what is null is not sent. Times are text, ISO 8601 in UTC."""
    table = attributes(rows, what, "identity")
    fitting(table, "CleverTap", KEY_BYTES, VALUE_BYTES, "bytes")
    size = min(what.batch, MOST)
    for at in range(0, table.num_rows, size):
        users = [_profile(row) for row in table.slice(at, size).to_pylist()]
        yield Part(len(users), (dumps({"d": users}) + "\n").encode(), ".json")


def _profile(row: dict[str, object]) -> dict[str, object]:
    data = {name: json_value(value) for name, value in row.items() if name != "identity" and value is not None}
    return {"identity": row["identity"], "type": "profile", "profileData": data}
