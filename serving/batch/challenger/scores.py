"""What the challenger says of the users that the champion scored, kept beside a snapshot's parts, and how both agree.

Programs that read a snapshot do not see it: it stands in files of its own, named by the manifest's ``challenger``.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from serving.scoring.scorer import score_columns
from training.trained_model import Bundle

COLUMNS = ("churn_risk", "risk_band", "value_if_stays", "stay_tier")
BINS, FARTHEST = 1000, 10.0  # of the log-odds of a risk, up to so far from even: fine enough for ranks, and few to hold


def challenger_file(folder: Path, prefix: str) -> Path:
    """Where the challenger's scores of a part's users stand."""
    return folder / f"challenger-{prefix}.parquet"


def challenger_rows(bundle: Bundle, features: pa.Table, threads: int = 0) -> pa.Table:
    """One row a user, in the same order: ``user_id`` and COLUMNS, as a snapshot has them. features: of eligible users,
    with every feature of the challenger."""
    scores = score_columns(bundle, features, threads, why=False)
    return pa.table({"user_id": features["user_id"].combine_chunks(), **{name: scores[name] for name in COLUMNS}})


def agreement(parts: Iterable[tuple[pa.Table, pa.Table]]) -> dict[str, Any]:
    """How champion and challenger agree. parts: the champion's rows of a part, with ``eligible`` and COLUMNS, and the
    challenger's.

    ``users``: scored by both. ``rank``: Spearman's correlation of the risks; null where all risks are alike.
    ``same_band``, ``same_tier``: shares of users in the same risk band, and stay tier. ``risk``, ``challenger_risk``:
    mean churn risks. Null where nobody was scored.
    """
    joint, users = np.zeros((BINS, BINS), np.int64), 0
    sums = dict.fromkeys(("same_band", "same_tier", "risk", "challenger_risk"), 0.0)
    for rows, theirs in parts:
        place = pc.index_in(theirs["user_id"].combine_chunks(), rows["user_id"].combine_chunks())
        ours = rows.take(place)
        a, b = (one["churn_risk"].to_numpy() for one in (ours, theirs))
        np.add.at(joint, (_bin(a), _bin(b)), 1)
        users += len(theirs)
        sums["risk"] += float(a.sum())
        sums["challenger_risk"] += float(b.sum())
        for name, column in (("same_band", "risk_band"), ("same_tier", "stay_tier")):
            sums[name] += float(pc.sum(pc.fill_null(pc.equal(ours[column], theirs[column]), False)).as_py() or 0)
    shares = {name: total / users if users else None for name, total in sums.items()}
    return {"users": users, "rank": _spearman(joint), **shares}


def _bin(risk: np.ndarray) -> np.ndarray:
    near = np.clip(risk, 1e-9, 1 - 1e-9)
    odds = np.log(near / (1 - near))
    return np.clip(((odds / FARTHEST + 1) / 2 * BINS).astype(np.int64), 0, BINS - 1)


def _spearman(joint: np.ndarray) -> float | None:
    """The rank correlation of two binned risks; risks of one bin share their middle rank."""
    total = joint.sum()
    centred = []
    for counts in (joint.sum(axis=1), joint.sum(axis=0)):
        ranks = np.cumsum(counts) - counts / 2
        centred.append(ranks - total / 2)
    a, b = centred
    spread = (joint.sum(axis=1) @ a**2) * (joint.sum(axis=0) @ b**2)
    return float(a @ joint @ b / np.sqrt(spread)) if spread > 0 else None
