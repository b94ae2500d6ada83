"""Exports an approved run's lists: consent and opt-outs are read again, who may not be written to any more is dropped.

Nothing is sent: files are written, and a receipt that counts them as contacts until they are seen among the messages.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from features import whole_files
from features.config import Config
from features.config.operations.contact import Channel
from features.engine.duckdb_session import read
from features.engine.full_disk import room
from features.errors import BadInput, did_you_mean
from features.groups.rule_sql import column, quoted
from features.user_base import UserBase
from features.wall_clock import wall
from serving.batch.lock import alone
from serving.campaigns.contact_state import consent_column, id_column, newest, refuse_other_ids
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.formats.target import FULL, IN, OUT, Target, Written
from serving.campaigns.formats.write import left_out, write
from serving.campaigns.receipts import (
    CANCELLED,
    EXPORTS,
    MEMBERS,
    RECEIPT,
    SENT,
    approval,
    cancelled,
    last_exported,
)
from serving.campaigns.run import Run

WHICH = (FULL, IN, OUT)


@dataclass(frozen=True)
class Exported:
    """What an export wrote: its folder and its receipt. again: it had been done before, and nothing was written."""

    folder: Path
    receipt: dict[str, Any]
    again: bool


def export(
    base: UserBase, run: Run, play: str, format: str, now: datetime, by: str, which: str = FULL, text: str = ""
) -> Exported:
    """Write a play's list in a format, a folder for each channel, and then the receipt. The same twice is done once.

    now: UTC, without a zone. which: full, in (who came since the format's last export) or out (who left). text: of the
    message, for formats that carry one. Raises BadInput where the run is not approved, was cancelled or changed, the
    play has ended, or the list looks personal.
    """
    zone = base.config.project.timezone
    settings = allowed(run, play, which, now, zone)
    place = run.folder / EXPORTS / f"{play}-{format}-{which}"
    with alone(base.config.store_path / "work" / f"export-{run.name}.lock"):
        if (place / RECEIPT).exists():
            return Exported(place, whole_files.read_sealed(place / RECEIPT), True)
        allowed(run, play, which, now, zone)
        run.verify()
        refuse_other_ids(base.tables, run.user, run.name, "score and plan again")
        try:
            with room(base.config, "a list is written"):
                return _export(base, run, settings, place, format, now, by, which, text)
        except BadInput:
            shutil.rmtree(place, ignore_errors=True)  # without a receipt, nothing is to lie there that might be sent
            raise


def allowed(run: Run, play: str, which: str, now: datetime, zone: str) -> dict[str, Any]:
    """The settings of a play whose list may be exported; raises BadInput, see ``export``, where it may not. zone: the
    project's, whose days a play's end goes by."""
    if which not in WHICH:
        raise BadInput(f"--list '{which}': {did_you_mean(which, WHICH)}")
    if play not in run.plays:
        raise BadInput(f"{run.name}: no play '{play}'; {did_you_mean(play, run.plays)}")
    settings = run.plays[play]
    if found := cancelled(run):
        raise BadInput(f"{run.name}: cancelled by {found['by']} at {found['at']} ({CANCELLED}); plan it again")
    found = approval(run)
    if found is None:
        raise BadInput(f"{run.name}: not approved; have somebody who did not draft it run 'holdfast campaign approve'")
    if found["manifest_sha256"] != run.sha256:
        raise BadInput(f"{run.name}: was changed after its approval; plan it anew")
    if settings["until"] is not None and f"{wall(now, zone):%Y-%m-%d}" > settings["until"]:
        raise BadInput(
            f"{run.name}: play '{play}' ended on {settings['until']}, and its approval with it; plan it anew"
        )
    return settings


def _export(
    base: UserBase,
    run: Run,
    settings: dict[str, Any],
    place: Path,
    format: str,
    now: datetime,
    by: str,
    which: str,
    text: str,
) -> Exported:
    con, config, play = base.con, base.config, settings["name"]
    channels = _channels(config, run, settings)
    members, dropped = _members(base, run, settings, channels)
    rows, holds = members, members.select(["user_id", "channel"])
    if which != FULL:
        held = last_exported(config.store_path, play, run.user, format)
        rows, holds = _delta(base, run, settings, channels, which, members, held)
    place.mkdir(parents=True, exist_ok=True)
    files: list[tuple[str, Written]] = []
    lacking: dict[str, int] = {}
    counted: dict[str, int] = {}
    for name, channel in channels.items():
        mine = rows.filter(pc.equal(rows["channel"], name)).drop_columns(["channel"])
        mine = mine if channel.sender else mine.drop_columns(["sender"])
        what = Target(name, channel.batch, play, which, settings["offer"] if "." not in settings["offer"] else "", text)
        done = write(format, mine, place / name, what)
        files += [(f"{name}/{one.file.name}", one) for one in done]
        counted[name] = sum(one.rows for one in done)
        for why, count in left_out(format, mine, what).items():
            lacking[why] = lacking.get(why, 0) + count
    sent = _sent(con, run, play, rows if which != OUT else rows.slice(0, 0))
    for file, table in ((SENT, sent), (MEMBERS, holds)):
        whole_files.write_parquet(place / file, table)
    receipt = {
        "run": run.name,
        "play": play,
        "format": format,
        "which": which,
        "at": now.isoformat(timespec="seconds"),
        "by": by,
        "rows": counted,
        "dropped": dropped,
        "left_out": lacking,
        "files": [{"file": name, "rows": one.rows, "sha256": one.sha256} for name, one in files],
        "sha256": whole_files.sha256(place / SENT),
    }
    for left in place.rglob(".*.tmp"):
        left.unlink(missing_ok=True)
    whole_files.write_sealed(place / RECEIPT, receipt)
    return Exported(place, receipt, False)


def _channels(config: Config, run: Run, settings: Mapping[str, Any]) -> dict[str, Channel]:
    for name in settings["channels"]:
        if name not in config.contact.channels:
            near = did_you_mean(name, config.contact.channels)
            raise BadInput(f"{config.file.name}: no [contact.channels.{name}] any more, which {run.name} uses; {near}")
    return {name: config.contact.channels[name] for name in settings["channels"]}


def _members(
    base: UserBase, run: Run, settings: Mapping[str, Any], channels: Mapping[str, Channel]
) -> tuple[pa.Table, dict[str, int]]:
    """The rows of the whole list that may still be written to, as formats take them, and how many were dropped, why."""
    con = base.con
    file = quoted(str(run.list_file(settings["name"])))
    con.con.register("export_rows", _listed(base, settings, channels, f"read_parquet({file})"))
    why = (
        "CASE WHEN NOT may THEN 'no_consent' WHEN out THEN 'opted_out' "
        "WHEN coalesce(id, '') = '' THEN 'not_reachable' END"
    )
    dropped = read(con, f"SELECT {why} AS why, count(*) AS n FROM export_rows GROUP BY 1").to_pylist()
    kept = read(con, f"SELECT * FROM export_rows WHERE {why} IS NULL ORDER BY rank, user_id")
    con.con.unregister("export_rows")
    return _shaped(run, settings, kept), {one["why"]: one["n"] for one in dropped if one["why"]}


def _listed(base: UserBase, settings: Mapping[str, Any], channels: Mapping[str, Channel], rows: str) -> pa.Table:
    """A list's rows with what is known of the users now: ``may``, ``out``, ``id``, ``sender``, ``offer``."""
    con, config, users = base.con, base.config, base.tables.get("users")
    offer = settings["offer"].removeprefix("users.") if settings["offer"].startswith("users.") else None
    wanted = [offer] if offer else []
    cases: dict[str, list[str]] = {"may": [], "id": [], "sender": []}
    for name, channel in channels.items():
        one = f"WHEN l.channel = {quoted(name)} THEN"
        consent, key = consent_column(config, channel), id_column(channel)
        sender = channel.sender.removeprefix("users.") if channel.sender else None
        wanted += [consent, key, *([sender] if sender else [])]
        cases["may"].append(f"{one} coalesce(u.{column(consent)}, false)")
        cases["id"].append(f"{one} {'l.user_id' if key == 'user_id' else f'u.{column(key)}'}::VARCHAR")
        cases["sender"].append(f"{one} {f'u.{column(sender)}' if sender else 'NULL'}::VARCHAR")
    wanted = [name for name in dict.fromkeys(wanted) if name != "user_id"]
    if users is None:
        now = f"SELECT user_id, {', '.join(f'NULL AS {column(name)}' for name in wanted)} FROM listed LIMIT 0"
    else:
        con.con.execute(f"CREATE OR REPLACE TEMP VIEW users_rows AS {con.compile(users)}")
        now = newest(users, wanted)
    told = ", ".join(f"CASE {' '.join(case)} END AS {name}" for name, case in cases.items())
    told += f", u.{column(offer)}::VARCHAR AS offer" if offer else f", {quoted(settings['offer'])} AS offer"
    con.con.execute(f"CREATE OR REPLACE TEMP VIEW listed AS FROM {rows}")
    return read(
        con,
        f"SELECT l.*, {told}, o.user_id IS NOT NULL AS out FROM listed AS l LEFT JOIN ({now}) AS u USING (user_id) "
        f"LEFT JOIN ({_opted_out(base)}) AS o ON o.user_id = l.user_id AND o.channel = l.channel",
    )


def _opted_out(base: UserBase) -> str:
    """SQL of the users and channels that were opted out of, as of the newest message."""
    messages = base.tables.get("messages")
    if messages is None or "opted_out_at" not in messages.columns:
        return "SELECT user_id, channel FROM listed LIMIT 0"
    return f"SELECT DISTINCT user_id, channel FROM ({base.con.compile(messages)}) WHERE opted_out_at IS NOT NULL"


def _shaped(run: Run, settings: Mapping[str, Any], rows: pa.Table) -> pa.Table:
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


def _delta(
    base: UserBase,
    run: Run,
    settings: Mapping[str, Any],
    channels: Mapping[str, Channel],
    which: str,
    members: pa.Table,
    held: pa.Table,
) -> tuple[pa.Table, pa.Table]:
    """Of who came, those who may be written to; of who left, all with an id: to be taken off a list is no contact. Who
    was dropped just now left, too. And whom the list holds afterwards. held: whom it held before."""
    con = base.con
    con.con.register("export_held", held)
    con.con.register("export_members", members)
    if which == IN:
        rows = read(con, "FROM export_members ANTI JOIN export_held USING (user_id, channel) ORDER BY user_id")
    else:
        gone = "(FROM export_held ANTI JOIN export_members USING (user_id, channel))"
        told = _listed(base, settings, channels, gone)
        there = told.filter(pc.fill_null(pc.not_equal(told["id"], ""), False))
        rows = _shaped(run, settings, there.sort_by([("user_id", "ascending"), ("channel", "ascending")]))
    con.con.register("export_delta", rows)
    after = {
        IN: "FROM export_held UNION SELECT user_id, channel FROM export_delta",
        OUT: "FROM export_held ANTI JOIN export_delta USING (user_id, channel)",
    }
    holds = read(con, f"FROM ({after[which]}) ORDER BY user_id, channel")
    for name in ("export_held", "export_members", "export_delta"):
        con.con.unregister(name)
    return rows, holds


def _sent(con: Backend, run: Run, play: str, rows: pa.Table) -> pa.Table:
    """Who counts as contacted by this export: who is on it, and who is held out of it."""
    files = ", ".join(quoted(str(file)) for file in run.files)
    mine = f"play = {quoted(play)} AND arm = '{HOLDOUT}'" if len(rows) else "false"
    con.con.register("export_sent", rows)
    found = read(
        con,
        f"SELECT user_id, channel, '{TREATMENT}' AS arm FROM export_sent UNION ALL "
        f"SELECT user_id, channel, arm FROM read_parquet([{files}]) WHERE {mine} ORDER BY user_id",
    )
    con.con.unregister("export_sent")
    return found
