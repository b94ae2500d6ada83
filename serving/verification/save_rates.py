"""What each play was verified to save, for the next run: ``campaigns.saves.kept`` says what is kept of it.

Pooled over a play's trials. Where it was exported in several runs, its users' first assignments over all of them are
one trial, see ``assigned.with_pooled``; runs that are not part of that, since another share was held out, stand beside
it. Who is assigned again may depend on what the first time did.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.verification.campaigns.assigned import GLOBAL
from training.verification.campaigns.verify import Verified
from training.verification.save_rates import SaveRate, pooled

PARTS = 20  # of a tier's users, by value at stake


def save_rates_by_play(found: Sequence[Verified], rows: pa.Table) -> dict[str, dict[str, Any]]:
    """Of every play with a sound trial whose outcomes are known. found: of every campaign; rows: the assigned users,
    see ``assigned.SCHEMA``."""
    sound: dict[str, list[Verified]] = {}
    for one in found:
        if one.trial.ok and one.save_rates is not None and not one.campaign_id.startswith(f"{GLOBAL}/"):
            sound.setdefault(one.campaign_id.rpartition("/")[2], []).append(one)
    return {play: _play(trials, rows) for play, trials in sorted(sound.items())}


def _play(trials: Sequence[Verified], rows: pa.Table) -> dict[str, Any]:
    runs = {one.campaign_id: _runs(one, rows) for one in trials}
    whole = {run for name, of in runs.items() for run in of if run != name}  # runs of which another trial is made
    trials = [one for one in trials if one.campaign_id not in whole]
    names = [one.campaign_id for one in trials]
    mine = rows.filter(pc.is_in(rows["campaign_id"], pa.array(names, pa.string())))
    first = mine.group_by(["campaign_id", "epoch", "user_id"], use_threads=False).aggregate(
        [("stay_tier", "first"), ("value_at_stake", "first")]
    )
    users = pc.count_distinct(first["user_id"]).as_py()
    rates = pooled([one.save_rates for one in trials if one.save_rates is not None], users / len(first))
    tiers = pc.fill_null(first["stay_tier_first"], "").combine_chunks()
    stakes = first["value_at_stake_first"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return {
        "campaigns": sorted(run for one in trials for run in runs[one.campaign_id]),
        "until": max(one.plan.made[-1].until for one in trials if one.plan).isoformat(timespec="seconds"),
        "users": users,
        **_rate(rates.play),
        "tiers": {
            name: _rate(one) | _stakes(stakes, np.asarray(pc.equal(tiers, name))) for name, one in rates.groups.items()
        },
    }


def _runs(one: Verified, rows: pa.Table) -> list[str]:
    """The runs that a trial is made of, or itself."""
    sent = rows.filter(pc.equal(rows["campaign_id"], one.campaign_id))["sent_as"].drop_null().unique().to_pylist()
    return sent or [one.campaign_id]


def _rate(one: SaveRate) -> dict[str, Any]:
    told = one.plain()
    return {name: told[name] for name in ("treated", "holdout", "rarer", "rate", "low", "high")}


def _stakes(stakes: np.ndarray, mine: np.ndarray) -> dict[str, Any]:
    known = np.sort(stakes[mine & np.isfinite(stakes)])
    parts = [float(part.mean()) for part in np.array_split(known, PARTS) if len(part)]
    return {"share": float(mine.mean()), "stakes": parts}
