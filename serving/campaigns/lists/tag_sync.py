"""Tags synced out: for each user of a channel, which tags to set and which to take off since the sync before.

The snapshot says who has which tag. A sync is ``store/campaigns/tags/CHANNEL-FORMAT/NUMBER/``: the files,
``held.parquet`` with the tags that the platform holds from then on, and last ``receipt.json``; where nothing changed,
nothing is written. A tag is no message: consent is not asked, but who has no id in the channel is left out.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.config.operations.contact import Channel
from features.engine.duckdb_session import read
from features.errors import BadInput, did_you_mean
from features.groups.rule_sql import column, quoted
from features.user_base import UserBase
from serving.batch.lock import alone
from serving.batch.snapshot import Snapshot
from serving.campaigns.contact_state import id_column, newest
from serving.campaigns.formats.target import TAGS, Target
from serving.campaigns.formats.write import reached, write
from serving.campaigns.receipts import RECEIPT
from serving.campaigns.run import CAMPAIGNS

HELD = "held.parquet"


@dataclass(frozen=True)
class Synced:
    """What a sync wrote: its folder and its receipt; both None where nothing had changed, that can be synced, since the
    one before. left_out: how many users whose tags change cannot be synced, by reason."""

    folder: Path | None
    receipt: dict[str, Any] | None
    left_out: dict[str, int]


def sync_tags(base: UserBase, snapshot: Snapshot, channel: str, format: str, now: datetime, by: str) -> Synced:
    """Write which tags change, in a format that takes tags: csv, jsonl, parquet or wecom. now: UTC, without a zone.

    Raises BadInput where there is no [[tag]], no such channel, or the list looks personal.
    """
    config = base.config
    if not config.tag:
        raise BadInput(f"{config.file.name}: no [[tag]]; write one for each segment that is to be synced")
    if channel not in config.contact.channels:
        near = did_you_mean(channel, config.contact.channels)
        raise BadInput(f"{config.file.name}: no [contact.channels.{channel}]; {near}")
    to = config.store_path / CAMPAIGNS / "tags" / f"{channel}-{format}"
    with alone(config.store_path / "work" / f"tags-{channel}-{format}.lock"):
        done = sorted(to.glob(f"*/{RECEIPT}"))
        before = pq.read_table(done[-1].with_name(HELD)) if done else None
        now_held = _held(base, config.contact.channels[channel], snapshot, now)
        changed = _changes(base, now_held, before)
        what = Target(channel, config.contact.channels[channel].batch, "tags", TAGS)
        told, lacking = reached(format, changed, what) if len(changed) else (changed, {})
        if not len(told):
            return Synced(None, None, lacking)
        place = to / f"{len(done) + 1:04}"
        place.mkdir(parents=True, exist_ok=True)
        files = write(format, changed, place, what)
        whole_files.write_parquet(place / HELD, _as_told(base, now_held, before, changed, told))
        receipt = {
            "snapshot": snapshot.run_id,
            "channel": channel,
            "format": format,
            "at": now.isoformat(timespec="seconds"),
            "by": by,
            "rows": sum(one.rows for one in files),
            "left_out": lacking,
            "files": [{"file": one.file.name, "rows": one.rows, "sha256": one.sha256} for one in files],
        }
        whole_files.write_sealed(place / RECEIPT, receipt)
        return Synced(place, receipt, lacking)


def _held(base: UserBase, channel: Channel, snapshot: Snapshot, now: datetime) -> pa.Table:
    """The users of the channel with any tag: user_id, id, sender, tags in order."""
    con, users = base.con, base.tables.get("users")
    key, sender = id_column(channel), channel.sender.removeprefix("users.") if channel.sender else None
    files = ", ".join(quoted(str(file)) for file in snapshot.files)
    named = "u.user_id" if key == "user_id" else f"u.{column(key)}"
    if users is None:
        theirs = "SELECT user_id FROM s"
        named, sender = "u.user_id", None
    else:
        con.raw_sql(f"CREATE OR REPLACE TEMP VIEW users_rows AS {con.compile(users)}")
        theirs = newest(users, [one for one in (key, sender) if one and one != "user_id"], now)
    return read(
        con,
        f"WITH s AS (SELECT user_id, tags FROM read_parquet([{files}]) WHERE len(tags) > 0) "
        f"SELECT s.user_id, {named}::VARCHAR AS id, {f'u.{column(sender)}' if sender else 'NULL'}::VARCHAR AS sender, "
        f"list_sort(s.tags) AS tags FROM s JOIN ({theirs}) AS u USING (user_id) "
        f"WHERE coalesce({named}::VARCHAR, '') <> '' ORDER BY s.user_id",
    )


def _as_told(base: UserBase, now: pa.Table, before: pa.Table | None, changed: pa.Table, told: pa.Table) -> pa.Table:
    """What the platform holds after a sync: who was left out of it has there what he had before, and comes again."""
    put = base.con.con
    before = now.slice(0, 0) if before is None else before
    for name, rows in (("tags_now", now), ("tags_before", before), ("tags_changed", changed), ("tags_told", told)):
        put.register(name, rows)
    lost = "(SELECT user_id, id FROM tags_changed ANTI JOIN tags_told USING (user_id, id))"
    kept = f"FROM tags_now ANTI JOIN {lost} USING (user_id, id)"
    old = f"FROM tags_before SEMI JOIN {lost} USING (user_id, id)"
    held = read(base.con, f"FROM ({kept} UNION ALL {old}) ORDER BY user_id, id")
    for name in ("tags_now", "tags_before", "tags_changed", "tags_told"):
        put.unregister(name)
    return held


def _changes(base: UserBase, now: pa.Table, before: pa.Table | None) -> pa.Table:
    """Users whose tags differ from those that the platform holds: ``add_tags`` and ``remove_tags``."""
    put = base.con.con
    put.register("tags_now", now)
    put.register("tags_before", now.slice(0, 0) if before is None else before)
    found = read(
        base.con,
        "SELECT * FROM (SELECT coalesce(n.user_id, b.user_id) AS user_id, coalesce(n.id, b.id) AS id, "
        "coalesce(n.sender, b.sender) AS sender, "
        "list_filter(coalesce(n.tags, []), lambda one: NOT list_contains(coalesce(b.tags, []), one)) AS add_tags, "
        "list_filter(coalesce(b.tags, []), lambda one: NOT list_contains(coalesce(n.tags, []), one)) AS remove_tags "
        "FROM tags_now AS n FULL JOIN tags_before AS b ON n.user_id = b.user_id AND n.id = b.id) "
        "WHERE len(add_tags) + len(remove_tags) > 0 ORDER BY user_id, id",
    )
    put.unregister("tags_now")
    put.unregister("tags_before")
    return found
