"""What a run decided, counted: per play the users matched and their fates, and each user once."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ibis.backends.duckdb import Backend

from features.config.operations.playbook import Play
from features.engine.duckdb_session import read
from serving.campaigns.fates import BY_PLAY, FATES, TREATMENT
from serving.campaigns.policy import key


def count(con: Backend, part: str) -> list[dict[str, Any]]:
    """The rows of a part of the assignments, grouped by what the report needs: few, as JSON."""
    masks = ", ".join(["plays_matched", *(f"plays_{name}" for name in BY_PLAY)])
    treated = f"sum(CASE WHEN arm = '{TREATMENT}' THEN cost::DECIMAL(18, 6) ELSE 0 END)"
    grouped = (
        f"SELECT play, arm, reason, {masks}, count(*) AS users, {treated}::VARCHAR AS cost FROM {part} GROUP BY ALL"
    )
    return read(con, f"{grouped} ORDER BY ALL").to_pylist()


def report(
    run: str, as_of: str, plays: Sequence[Play], ended: Sequence[str], groups: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """The report of a run as JSON: ``plays``, each with ``name``, ``matched``, ``fates`` and ``cost``, and ``users``,
    the same with each user once. Every user matched has exactly one fate: they add up.

    groups: of ``count``, over all parts. ended: plays that were over at the date.
    """
    told = [_play(one, groups) for one in plays]
    everybody: Counter[str] = Counter()
    for group in groups:
        everybody[group["arm"] or group["reason"]] += group["users"]
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
    bit, fates, matched, cost = 1 << play.number, Counter[str](), 0, 0.0
    for group in groups:
        if not group["plays_matched"] & bit:
            continue
        matched += group["users"]
        why = next((name for name in BY_PLAY if group[f"plays_{name}"] & bit), None)
        if why is None:  # then it took them
            fates[group["arm"] or group["reason"]] += group["users"]
            cost += float(group["cost"])
        else:
            fates[why] += group["users"]
    by, reason = key(play)
    return {
        "name": play.name,
        "matched": matched,
        "fates": _ordered(fates),
        "cost": round(cost, 6),
        "rank": {"by": by, "why": reason, "test": play.saves.test if play.saves else None},
        "budget": play.setting.budget,
    }


def _ordered(fates: Counter[str]) -> dict[str, int]:
    """Every fate, both arms first."""
    return {name: fates.get(name, 0) for name in FATES}
