"""What the contact policy needs to know of every user, from one pass over users, messages and exported lists.

The state is a temporary table ``contact`` of the session, a row per user of whom anything is known:

- ``zone``: the user's time zone, see ``moments``; ``consent_C`` and ``reach_C`` for each channel C: whether the user
  agreed to it, and has the id that it needs;
- ``out_C``: whether the user ever opted out of the channel;
- ``n_D`` and ``n_C_D``: messages of the last D calendar days of the user's, of all channels and of C, as caps need
  them. Exported lists count as messages from the export on, until they are seen among the messages;
- ``cooling``: the plays that took the user within their cooldown, as bits by the play's number.

Users who are held out of an exported list count as contacted: else they would fall into the next play, and be no
control.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.config import Config
from features.config.operations.contact import Cap, Channel
from features.config.operations.playbook import Playbook
from features.engine.duckdb_session import put
from features.errors import BadInput
from features.groups.rule_sql import column, quoted
from serving.campaigns.moments import BLANK, Moments, moments

CONTACT, ZONES = "contact", "contact_zones"
EXPORTED = pa.schema(  # rows of lists that were exported, both arms
    [
        ("user_id", pa.string()),
        ("campaign_id", pa.string()),
        ("channel", pa.string()),
        ("time", pa.timestamp("us")),
        ("arm", pa.string()),
    ]
)


@dataclass(frozen=True)
class Windows:
    """How many days back caps look: over all channels, by channel, for own usage; and the cooldowns of plays."""

    all: tuple[int, ...]
    channels: Mapping[str, tuple[int, ...]]
    cooldowns: Mapping[str, int]

    @property
    def days(self) -> set[int]:
        """Every window, those of cooldowns that are 0 left out."""
        of_channels = {days for each in self.channels.values() for days in each}
        return {*self.all, *of_channels, *(days for days in self.cooldowns.values() if days)}


def windows(config: Config, playbook: Playbook) -> Windows:
    """The windows that the policy asks for."""

    def of(caps: list[Cap]) -> tuple[int, ...]:
        return tuple(sorted({cap.days for cap in caps}))

    own = config.contact.own_usage
    everywhere = tuple(sorted({*of(config.contact.max), *([own.days] if own else [])}))
    channels = {name: of(channel.max) for name, channel in config.contact.channels.items()}
    return Windows(everywhere, channels, {play.name: play.cooldown for play in playbook.plays})


def contact_state(
    con: Backend,
    config: Config,
    playbook: Playbook,
    tables: Mapping[str, ir.Table],
    exported: pa.Table,
    as_of: datetime,
) -> list[Moments]:
    """Make the table ``contact``, and ``contact_zones`` with what holds in each zone, which is returned.

    tables: the clean ones; users and messages may be missing. exported: see EXPORTED, with the tables' type of user id.
    as_of: when the run is made (UTC); messages from after it count too, since they were seen.
    """
    asked = windows(config, playbook)
    _put_users(con, config, tables.get("users"), exported.schema.field("user_id").type, as_of)
    zones = [row[0] for row in con.con.execute("SELECT DISTINCT zone FROM contact_users WHERE zone <> ''").fetchall()]
    found = moments(config.contact, as_of, zones, config.project.timezone, asked.days)
    _put_zones(con, found, sorted(asked.days))
    if {*zones} - {one.zone for one in found}:
        con.con.execute("UPDATE contact_users SET zone = '' WHERE zone NOT IN (SELECT zone FROM contact_zones)")
    messages = _messages(con, tables.get("messages"), exported, found, asked)
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE {CONTACT} AS {_counted(config, playbook, asked, messages)}")
    con.con.unregister("_exported")
    con.con.execute("DROP TABLE contact_users")
    return found


def refuse_other_ids(tables: Mapping[str, ir.Table], user: pa.DataType, where: str, cure: str) -> None:
    """Raises BadInput where the tables' ids are of another type than those of a snapshot or run: nobody would match.

    where: what has ids of the type ``user``.
    """
    for name, table in tables.items():
        if pa.types.is_integer(table.user_id.type().to_pyarrow()) != pa.types.is_integer(user):
            kinds = ("whole numbers", "text") if pa.types.is_integer(user) else ("text", "whole numbers")
            raise BadInput(f"{where}: its user ids are {kinds[0]}, those of tables.{name} are {kinds[1]} now; {cure}")


def id_column(channel: Channel) -> str:
    """The column of users with what an export carries."""
    return (channel.id or "users.user_id").removeprefix("users.")


def sender_column(channel: Channel) -> str:
    """The column of users with whose customer a user is, whom nobody else may write to; empty where it need not be."""
    return (channel.sender or "").removeprefix("users.")


def consent_column(config: Config, channel: Channel) -> str:
    """The column of users that allows the channel."""
    return (channel.consent or config.contact.consent).removeprefix("users.")


def newest(table: ir.Table, columns: list[str], at: datetime) -> str:
    """SQL of one row per user: what is newest known of these columns at a moment, or null where the table has no such
    column. Rows from after the moment say nothing yet: a consent that begins tomorrow is none today.

    Several rows of a user without a time: a flag is true only where all say so, of others the least is taken.
    """
    schema = table.schema()
    there = [name for name in dict.fromkeys(columns) if name in schema and name != "user_id"]
    missing = [f"NULL AS {column(name)}" for name in dict.fromkeys(columns) if name not in schema]
    if "time" in schema:
        picked = ", ".join(["user_id", *map(column, there), *missing])
        order = ", ".join(["time DESC", *(f"{column(name)} NULLS FIRST" for name in there)])
        known = f"FROM users_rows WHERE time IS NULL OR time <= TIMESTAMP {quoted(at.isoformat(sep=' '))}"
        return f"SELECT {picked} {known} QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY {order}) = 1"
    least = [
        f"bool_and(coalesce({column(name)}, false)) AS {column(name)}"
        if schema[name].is_boolean()
        else f"min({column(name)}) AS {column(name)}"
        for name in there
    ]
    return f"SELECT {', '.join(['user_id', *least, *missing])} FROM users_rows GROUP BY user_id"


def _put_users(con: Backend, config: Config, users: ir.Table | None, user: pa.DataType, as_of: datetime) -> None:
    channels, contact = config.contact.channels, config.contact
    zone = contact.timezone.removeprefix("users.")
    told = []
    for name, channel in channels.items():
        told += [f"{_flag(users, consent_column(config, channel))} AS {column(f'consent_{name}')}"]
        needed = [id_column(channel), *([sender_column(channel)] if channel.sender else [])]
        told += [f"{' AND '.join(_there(users, one) for one in needed)} AS {column(f'reach_{name}')}"]
    if users is None:
        flags = [(f"{what}_{name}", pa.bool_()) for name in channels for what in ("consent", "reach")]
        put(con, "contact_users", pa.schema([("user_id", user), ("zone", pa.string()), *flags]).empty_table())
        return
    wanted = [zone]
    for channel in channels.values():
        wanted += [consent_column(config, channel), id_column(channel)]
        wanted += [sender_column(channel)] if channel.sender else []
    con.con.execute(f"CREATE OR REPLACE TEMP VIEW users_rows AS {con.compile(users)}")
    rows = newest(users, [name for name in wanted if name != "user_id"], as_of)
    here = f"coalesce({column(zone)}::VARCHAR, '')" if zone in users.columns else "''"
    picked = ", ".join(["user_id", f"{here} AS zone", *told])
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE contact_users AS SELECT {picked} FROM ({rows})")


def _flag(users: ir.Table | None, name: str) -> str:
    return f"coalesce({column(name)}, false)" if users is not None and name in users.columns else "false"


def _there(users: ir.Table | None, name: str) -> str:
    if name == "user_id":
        return "true"
    return f"coalesce({column(name)}::VARCHAR <> '', false)" if users is not None and name in users.columns else "false"


def _put_zones(con: Backend, found: list[Moments], days: list[int]) -> None:
    put(
        con,
        ZONES,
        pa.table(
            {
                "zone": pa.array([one.zone for one in found], pa.string()),
                "send_after": pa.array([one.send_after for one in found], pa.timestamp("us")),
                "send_before": pa.array([one.send_before for one in found], pa.timestamp("us")),
                "blackout": pa.array([one.blackout for one in found], pa.bool_()),
                **{f"start_{n}": pa.array([one.starts[n] for one in found], pa.timestamp("us")) for n in days},
            }
        ),
    )


def _messages(con: Backend, messages: ir.Table | None, exported: pa.Table, found: list[Moments], asked: Windows) -> str:
    """SQL of messages, and lists exported but not yet seen, with the start of each window, ``start_D``, of their user's
    zone. Where all users are in one zone nobody is looked up."""
    con.con.register("_exported", exported)
    since = min((start for one in found for start in one.starts.values()), default=datetime.max)
    campaign, rows = "NULL::VARCHAR", []
    if messages is not None:
        con.con.execute(f"CREATE OR REPLACE TEMP VIEW messages_rows AS {con.compile(messages)}")
        campaign = "campaign_id" if "campaign_id" in messages.columns else campaign
        out = "opted_out_at IS NOT NULL" if "opted_out_at" in messages.columns else "false"
        rows.append(
            f"SELECT user_id, channel, {campaign} AS campaign_id, time, {out} AS out FROM messages_rows "
            f"WHERE time >= {_time(since)} OR {out}"
        )
    if exported.num_rows or not rows:
        waiting = "SELECT user_id, channel, campaign_id, time, false AS out FROM _exported"
        if campaign == "campaign_id":
            ours = "SELECT campaign_id FROM _exported"
            seen = f"SELECT (user_id, campaign_id) FROM messages_rows WHERE campaign_id IN ({ours})"
            waiting += f" WHERE arm = 'holdout' OR (user_id, campaign_id) NOT IN ({seen})"
        rows.append(waiting)
    every = " UNION ALL ".join(rows)
    if len(found) == 1:
        starts = "".join(f", {_time(found[0].starts[days])} AS start_{days}" for days in sorted(asked.days))
        return f"SELECT *{starts} FROM ({every})"
    starts = "".join(f", start_{days}" for days in sorted(asked.days))
    return (
        f"SELECT rows.*{starts} FROM ({every}) AS rows LEFT JOIN contact_users AS u USING (user_id) "
        f"JOIN {ZONES} AS z ON z.zone = coalesce(u.zone, '{BLANK}')"
    )


def _time(at: datetime) -> str:
    return f"TIMESTAMP {quoted(at.isoformat(sep=' '))}"


def _counted(config: Config, playbook: Playbook, asked: Windows, messages: str) -> str:
    counts = [f"count(CASE WHEN time >= start_{days} THEN 1 END) AS n_{days}" for days in asked.all]
    for name, spans in asked.channels.items():
        mine = f"channel = {quoted(name)}"
        counts.append(f"bool_or(out AND {mine}) AS {column(f'out_{name}')}")
        counts += [
            f"count(CASE WHEN {mine} AND time >= start_{days} THEN 1 END) AS {column(f'n_{name}_{days}')}"
            for days in spans
        ]
    plays = [play for play in playbook.plays if play.cooldown]
    cooling = "NULL::BIGINT"
    if plays:  # joined, not as cases: of thirty plays those would cost more than all else
        of_plays = ", ".join(f"({quoted(play.name)}, {play.cooldown}, {1 << play.number}::BIGINT)" for play in plays)
        cooldowns = sorted({play.cooldown for play in plays})
        within = " OR ".join(f"(days = {span} AND time >= start_{span})" for span in cooldowns)
        cooling = f"bit_or(CASE WHEN {within} THEN bit END)"
        messages = (
            f"SELECT * FROM ({messages}) LEFT JOIN (VALUES {of_plays}) AS p(play, days, bit) "
            "ON p.play = split_part(campaign_id, '/', 2)"
        )
    theirs = ", ".join(["user_id", *counts, f"{cooling} AS cooling"])
    return f"SELECT * FROM (SELECT {theirs} FROM ({messages}) GROUP BY user_id) FULL JOIN contact_users USING (user_id)"
