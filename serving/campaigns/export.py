"""Exports an approved run's lists: consent and opt-outs are read again, who may not be written to any more is dropped.

Nothing is sent: files are written, and a receipt that counts them as contacts until they are seen among the messages.
"""

import shutil
from collections import Counter
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
from features.groups.rule_sql import quoted
from features.user_base import UserBase
from features.wall_clock import wall
from serving.campaigns.contact_state import refuse_other_ids
from serving.campaigns.deltas.delta import delta, holds
from serving.campaigns.deltas.listed import listed, may, shaped
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.formats.target import FULL, IN, OUT, Target, Written
from serving.campaigns.formats.write import reached, write
from serving.campaigns.receipts import (
    CANCELLED,
    EXPORTS,
    MEMBERS,
    RECEIPT,
    SENT,
    approval,
    binds,
    cancelled,
    exporting,
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
    with exporting(run):
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
    if not binds(found, run):
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
    rows, dropped = _members(base, run, settings, channels, now)
    held = last_exported(config.store_path, play, run.user, format)
    if which != FULL:
        rows, held = delta(base, run, settings, channels, which, rows, held, now)
    place.mkdir(parents=True, exist_ok=True)
    files: list[tuple[str, Written]] = []
    lacking: dict[str, int] = {}
    counted: dict[str, int] = {}
    told = [rows.slice(0, 0)]
    for name, channel in channels.items():
        mine = rows.filter(pc.equal(rows["channel"], name))
        mine = mine if channel.sender else mine.drop_columns("sender")
        what = Target(name, channel.batch, play, which, settings["offer"] if "." not in settings["offer"] else "", text)
        done = write(format, mine.drop_columns("channel"), place / name, what)
        files += [(f"{name}/{one.file.name}", one) for one in done]
        counted[name] = sum(one.rows for one in done)
        there, without = reached(format, mine, what)
        told.append(there)
        for why, count in without.items():
            lacking[why] = lacking.get(why, 0) + count
    there = pa.concat_tables(told, promote_options="default")  # who is left out was not written to, and is on no list
    sent = _sent(con, run, play, there if which != OUT else there.slice(0, 0))
    on_it = holds(con, which, held, rows if which == OUT else there)
    for file, table in ((SENT, sent), (MEMBERS, on_it)):
        whole_files.write_parquet(place / file, table)
    receipt = {
        "run": run.name,
        "play": play,
        "format": format,
        "which": which,
        "at": now.isoformat(timespec="seconds"),
        "by": by,
        "rows": counted,
        "dropped": dict(sorted(dropped.items())),
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
    base: UserBase, run: Run, settings: Mapping[str, Any], channels: Mapping[str, Channel], now: datetime
) -> tuple[pa.Table, Counter[str]]:
    """The rows of the whole list that may still be written to, as formats take them, and how many were dropped, why."""
    file = quoted(str(run.list_file(settings["name"])))
    rows = listed(base, settings, channels, f"read_parquet({file})", now)
    lost = pc.drop_null(rows["why"]).to_pylist()
    return shaped(run, settings, may(rows).sort_by([("rank", "ascending"), ("user_id", "ascending")])), Counter(lost)


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
