"""Attributes that a list sets on the profile of a user, for platforms that keep profiles."""

import pyarrow as pa

from features.errors import BadInput
from serving.campaigns.formats.target import OUT, Target

CARRIED = {"campaign_id": "campaign", "offer": "offer", "kind": "kind", "send_after": "send_after"}
CARRIED |= {"send_before": "send_before"}


def attributes(rows: pa.Table, what: Target, key: str) -> pa.Table:
    """The users' ids, under the platform's key for them, and what is set on their profiles.

    ``holdfast_PLAY`` is true for who is on the list and false for who left it; ``holdfast_PLAY_campaign``, ``_offer``,
    ``_kind``, ``_send_after``, ``_send_before`` and ``_content`` follow for who is on it.
    """
    play, count = f"holdfast_{what.play}", rows.num_rows
    found = {key: rows["id"], play: pa.array([what.action != OUT] * count, pa.bool_())}
    if what.action != OUT:
        found |= {f"{play}_{name}": rows[column] for column, name in CARRIED.items() if column in rows.column_names}
        if what.content:
            found[f"{play}_content"] = pa.array([what.content] * count, pa.string())
    return pa.table(found)


def fitting(table: pa.Table, platform: str, name_most: int, value_most: int, unit: str) -> None:
    """Refuse names and texts that are longer than the platform takes. unit: characters, or bytes of UTF-8."""

    def long(text: str) -> int:
        return len(text.encode()) if unit == "bytes" else len(text)

    for name in table.column_names:
        if long(name) > name_most:
            raise BadInput(f"attribute '{name}': {platform} takes {name_most} {unit}; shorten the play's name")
        if pa.types.is_string(table[name].type):
            most = max((long(one) for one in table[name].unique().to_pylist() if one is not None), default=0)
            if most > value_most:
                raise BadInput(f"attribute '{name}': a value of {most} {unit}; {platform} takes {value_most}")
