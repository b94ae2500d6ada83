"""The rows of a list with what the tables say of its users when it is exported: ids, senders, and why they may not be
written to any more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.config.operations.contact import Channel
from features.engine.duckdb_session import read
from features.groups.rule_sql import column, quoted
from features.user_base import UserBase
from serving.campaigns.contact_state import consent_column, id_column, newest, sender_column
from serving.campaigns.run import Run

WHY = (
    "CASE WHEN NOT may THEN 'no_consent' WHEN out THEN 'opted_out' "
    "WHEN coalesce(id, '') = '' OR (owned AND coalesce(sender, '') = '') THEN 'not_reachable' END"
)


def listed(
    base: UserBase, settings: Mapping[str, Any], channels: Mapping[str, Channel], rows: str, at: datetime
) -> pa.Table:
    """A list's rows with what is known of the users at a moment: ``id``, ``sender``, ``offer``, and ``why`` they may
    not be written to, null where they may. rows: SQL of user_id, channel and what else the list has."""
    con, config, users = base.con, base.config, base.tables.get("users")
    offer = settings["offer"].removeprefix("users.") if settings["offer"].startswith("users.") else None
    wanted = [offer] if offer else []
    cases: dict[str, list[str]] = {"may": [], "id": [], "sender": [], "owned": []}
    for name, channel in channels.items():
        one = f"WHEN l.channel = {quoted(name)} THEN"
        consent, key = consent_column(config, channel), id_column(channel)
        sender = sender_column(channel)
        wanted += [consent, key, *([sender] if sender else [])]
        cases["owned"].append(f"{one} {'true' if sender else 'false'}")
        cases["may"].append(f"{one} coalesce(u.{column(consent)}, false)")
        cases["id"].append(f"{one} {'l.user_id' if key == 'user_id' else f'u.{column(key)}'}::VARCHAR")
        cases["sender"].append(f"{one} {f'u.{column(sender)}' if sender else 'NULL'}::VARCHAR")
    wanted = [name for name in dict.fromkeys(wanted) if name != "user_id"]
    if users is None:
        now = f"SELECT user_id, {', '.join(f'NULL AS {column(name)}' for name in wanted)} FROM listed LIMIT 0"
    else:
        con.con.execute(f"CREATE OR REPLACE TEMP VIEW users_rows AS {con.compile(users)}")
        now = newest(users, wanted, at)
    told = ", ".join(f"CASE {' '.join(case)} END AS {name}" for name, case in cases.items())
    told += f", u.{column(offer)}::VARCHAR AS offer" if offer else f", {quoted(settings['offer'])} AS offer"
    con.con.execute(f"CREATE OR REPLACE TEMP VIEW listed AS FROM {rows}")
    return read(
        con,
        f"SELECT * EXCLUDE (may, out, owned), {WHY} AS why FROM (SELECT l.*, {told}, o.user_id IS NOT NULL AS out "
        f"FROM listed AS l LEFT JOIN ({now}) AS u USING (user_id) "
        f"LEFT JOIN ({_opted_out(base)}) AS o ON o.user_id = l.user_id AND o.channel = l.channel)",
    )


def _opted_out(base: UserBase) -> str:
    """SQL of the users and channels that were opted out of, as of the newest message."""
    messages = base.tables.get("messages")
    if messages is None or "opted_out_at" not in messages.columns:
        return "SELECT user_id, channel FROM listed LIMIT 0"
    return f"SELECT DISTINCT user_id, channel FROM ({base.con.compile(messages)}) WHERE opted_out_at IS NOT NULL"


def may(rows: pa.Table) -> pa.Table:
    """Those of ``listed`` who may be written to."""
    return rows.filter(pc.is_null(rows["why"]))


def shaped(run: Run, settings: Mapping[str, Any], rows: pa.Table) -> pa.Table:
    """Rows with the columns that formats know, in one order."""
    count = len(rows)
    there = dict(zip(rows.column_names, rows.columns, strict=True))
    nothing = pa.nulls(count, pa.string())
    return pa.table(
        {
            "user_id": there["user_id"],
            "id": there["id"],
            "sender": there.get("sender", nothing),
            "channel": there["channel"],
            "campaign_id": pa.repeat(f"{run.name}/{settings['name']}", count),
            "play": pa.repeat(settings["name"], count),
            "offer": there.get("offer", nothing),
            "kind": pa.repeat(settings["kind"], count),
            "send_after": there.get("send_after", pa.nulls(count, pa.timestamp("us", "UTC"))),
            "send_before": there.get("send_before", pa.nulls(count, pa.timestamp("us", "UTC"))),
        }
    )
