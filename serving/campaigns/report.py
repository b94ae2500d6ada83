"""What a run decided, counted: per play the users matched and their fates, and each user once."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from features.config.operations.playbook import Play
from features.config.operations.plays import MOST
from features.engine.duckdb_session import read
from serving.campaigns.fates import BY_PLAY, FATES, TREATMENT
from serving.campaigns.saves.ordering import key

MASKS = ("plays_matched", *(f"plays_{name}" for name in BY_PLAY))


def count(con: Backend, part: pa.Table) -> dict[str, Any]:
    """A part of the assignments, counted, as JSON: of ``plays_matched`` and each ``plays_REASON``, users by the play's
    number; and ``own``: by the play that stands in the row, users by arm and reason, and cost of the treated."""
    con.con.register("assigned", part.select(["play", "arm", "reason", "cost"]))
    treated = f"sum(CASE WHEN arm = '{TREATMENT}' THEN cost::DECIMAL(18, 6) ELSE 0 END)::VARCHAR AS cost"
    own = read(con, f"SELECT play, arm, reason, count(*) AS users, {treated} FROM assigned GROUP BY ALL ORDER BY ALL")
    con.con.unregister("assigned")
    return {"own": own.to_pylist()} | {name: _bits(part[name]) for name in MASKS}


def _bits(masks: pa.ChunkedArray) -> list[int]:
    """How many of the whole numbers have each bit, the lowest first."""
    counted = pc.value_counts(masks)  # users have few different ones
    each = np.ascontiguousarray(counted.field("values").to_numpy().astype("<i8"))
    bits = np.unpackbits(each.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    return [int(users) for users in (counted.field("counts").to_numpy() @ bits.astype(np.int64))[:MOST]]


def report(
    run: str, as_of: str, plays: Sequence[Play], ended: Sequence[str], groups: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The report of a run as JSON: ``plays``, each with ``name``, ``matched``, ``fates`` and ``cost``, and ``users``,
    the same with each user once. Every user matched has exactly one fate: they add up.

    groups: of ``count``, over all parts. ended: plays that were over at the date.
    """
    told = [_play(one, groups) for one in plays]
    everybody: Counter[str] = Counter()
    for row in (row for group in groups for row in group["own"]):
        everybody[row["arm"] or row["reason"]] += row["users"]
    for one in [*told, {"name": "all users", "matched": everybody.total(), "fates": everybody}]:
        if sum(one["fates"].values()) != one["matched"]:
            raise AssertionError(f"fates of {one['name']} do not add up to the matched")
    return {
        "run": run,
        "as_of": as_of,
        "plays": told,
        "users": {"matched": everybody.total(), "fates": _ordered(everybody)},
        "cost": round(sum(one["cost"] for one in told), 6),
        "ended": list(ended),
    }


def _play(play: Play, groups: Sequence[dict[str, Any]]) -> dict[str, Any]:
    fates = Counter({name: sum(group[f"plays_{name}"][play.number] for group in groups) for name in BY_PLAY})
    cost = 0.0
    for row in (row for group in groups for row in group["own"]):
        if row["play"] == play.name and row["reason"] not in BY_PLAY:  # then it took them
            fates[row["arm"] or row["reason"]] += row["users"]
            cost += float(row["cost"])
    matched = sum(group["plays_matched"][play.number] for group in groups)
    by, reason = key(play)
    return {
        "name": play.name,
        "matched": matched,
        "fates": _ordered(fates),
        "cost": round(cost, 6),
        "rank": {"by": by, "why": reason.as_json, "test": play.saves.test if play.saves else None},
        "budget": play.setting.budget,
    }


def _ordered(fates: Counter[str]) -> dict[str, int]:
    """Every fate, both arms first."""
    return {name: fates.get(name, 0) for name in FATES}
