"""What `holdfast verify` found of each play, kept for the next run: ``store/verification/save_rates.json``.

The same trials give the same bytes, whenever they are asked; nothing in the file is the clock's. Per play, pooled over
its campaigns that are closed and sound: ``campaigns``, ``closed`` (when the last outcome window was over), ``users``
(each once), ``treated``, ``holdout`` (assigned), ``rarer`` (users of the smaller arms expected to churn, or to stay,
whichever are fewer, by their risk before), the save rate of all, ``rate``, ``low``, ``high``, and ``tiers``: the same
by stay tier, drawn to the play's mean, with ``share`` of the users and ``stakes``, the mean value at stake of each
twentieth of them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import whole_files
from features.errors import BadInput
from training.verification.campaigns.verify import Verified
from training.verification.save_rates import SaveRate, pooled

FOLDER, FILE = "verification", "save_rates.json"
VERSION = 1
PARTS = 20  # of a tier's users, by value at stake


def write_save_rates(store: Path, found: Sequence[Verified], rows: pa.Table) -> Path:
    """Write the file. found: of every campaign; rows: the assigned users, see ``assigned.SCHEMA``."""
    sound: dict[str, list[Verified]] = {}
    for one in found:
        if one.trial.ok and one.save_rates is not None:
            sound.setdefault(one.campaign_id.rpartition("/")[2], []).append(one)
    plays = {play: _play(trials, rows) for play, trials in sorted(sound.items())}
    file = store / FOLDER / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write_sealed(file, {"version": VERSION, "plays": plays})
    return file


def read_save_rates(store: Path) -> dict[str, dict[str, Any]]:
    """What is kept, by play; nothing where nothing was verified yet. Raises BadInput where the file was damaged."""
    file = store / FOLDER / FILE
    if not file.exists():
        return {}
    try:
        content = whole_files.read_sealed(file)
    except BadInput:
        raise BadInput(f"{file}: damaged or unreadable; write it anew with 'holdfast verify', or remove it") from None
    if content.get("version") != VERSION:
        raise BadInput(f"{file}: of another format; write it anew with 'holdfast verify'")
    return dict(content["plays"])


def _play(trials: Sequence[Verified], rows: pa.Table) -> dict[str, Any]:
    names = [one.campaign_id for one in trials]
    mine = rows.filter(pc.is_in(rows["campaign_id"], pa.array(names, pa.string())))
    users = pc.count_distinct(mine["user_id"]).as_py()
    rates = pooled([one.save_rates for one in trials if one.save_rates is not None], users / len(mine))
    tiers = pc.fill_null(mine["stay_tier"], "").combine_chunks()
    stakes = mine["value_at_stake"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return {
        "campaigns": names,
        "closed": max(one.closes for one in trials).isoformat(timespec="seconds"),
        "users": users,
        **_rate(rates.play),
        "tiers": {
            name: _rate(one) | _stakes(stakes, np.asarray(pc.equal(tiers, name))) for name, one in rates.groups.items()
        },
    }


def _rate(one: SaveRate) -> dict[str, Any]:
    told = one.plain()
    return {name: told[name] for name in ("treated", "holdout", "rarer", "rate", "low", "high")}


def _stakes(stakes: np.ndarray, mine: np.ndarray) -> dict[str, Any]:
    known = np.sort(stakes[mine & np.isfinite(stakes)])
    parts = [float(part.mean()) for part in np.array_split(known, PARTS) if len(part)]
    return {"share": float(mine.mean()), "stakes": parts}
