"""Who came to a play's list and who left it since its last export, and whom it holds afterwards."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.config.operations.contact import Channel
from features.engine.duckdb_session import read
from features.user_base import UserBase
from serving.campaigns.deltas.listed import listed, may, shaped
from serving.campaigns.deltas.resting import resting_sql
from serving.campaigns.formats.target import FULL, IN, OUT
from serving.campaigns.run import Run


def delta(
    base: UserBase,
    run: Run,
    settings: Mapping[str, Any],
    channels: Mapping[str, Channel],
    which: str,
    members: pa.Table,
    held: pa.Table,
    now: datetime,
) -> tuple[pa.Table, pa.Table]:
    """Of who came, those who may be written to; of who left, all with an id that nobody has who stays: to be taken off
    a list is no contact. Who was dropped just now left, too; who rests did not. And ``held``, whom the list held
    before, with who rests now."""
    con, plays = base.con, list(run.plays)
    con.con.register("export_held", held)
    con.con.register("export_members", members)
    higher = plays[: plays.index(settings["name"])]
    resting = resting_sql(run.files, run.stayed, settings["number"], higher)
    others = "SELECT user_id, channel FROM export_held ANTI JOIN export_members USING (user_id, channel)"
    told = listed(base, settings, channels, f"({others} SEMI JOIN ({resting}) USING (user_id))", now)
    con.con.register("export_resting", may(told))
    if which == IN:
        held_now = "(FROM export_held WHERE NOT resting)"
        rows = read(con, f"FROM export_members ANTI JOIN {held_now} USING (user_id, channel) ORDER BY user_id")
    else:
        gone = f"({others} ANTI JOIN export_resting USING (user_id, channel))"
        con.con.register("export_gone", listed(base, settings, channels, gone, now))
        stays = "SELECT channel, id FROM export_members UNION SELECT channel, id FROM export_resting"
        left = f"FROM export_gone ANTI JOIN ({stays}) USING (channel, id) WHERE coalesce(id, '') <> ''"
        rows = shaped(run, settings, read(con, f"{left} ORDER BY user_id, channel"))
        con.con.unregister("export_gone")
    flagged = "SELECT h.user_id, h.channel, h.resting OR r.user_id IS NOT NULL AS resting FROM export_held AS h"
    held = read(con, f"{flagged} LEFT JOIN export_resting AS r USING (user_id, channel)")
    for name in ("export_held", "export_members", "export_resting"):
        con.con.unregister(name)
    return rows, held


def holds(con: Backend, which: str, held: pa.Table, rows: pa.Table) -> pa.Table:
    """Whom the list holds after an export. held: before; rows: who came, or left."""
    con.con.register("export_held", held)
    con.con.register("export_delta", rows)
    others, came = "FROM export_held ANTI JOIN export_delta USING (user_id, channel)", "FROM export_delta"
    after = {
        FULL: f"SELECT user_id, channel, false AS resting {came}",
        IN: f"SELECT user_id, channel, resting {others} UNION ALL SELECT user_id, channel, false {came}",
        OUT: f"SELECT user_id, channel, resting {others}",
    }
    holds = read(con, f"FROM ({after[which]}) ORDER BY user_id, channel")
    con.con.unregister("export_held")
    con.con.unregister("export_delta")
    return holds
