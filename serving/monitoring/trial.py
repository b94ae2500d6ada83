"""Champion and challenger on the same users: how they agree, and what came of what each of them said."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.user_base import UserBase
from serving.batch.challenger import kept
from serving.batch.snapshot import Snapshot
from serving.monitoring.past_snapshots import as_of, closed, in_hindsight
from serving.monitoring.realised import DRAWS, FEWEST, SHOWN
from training.evaluation.user_bootstrap import Range, Sample, compare
from training.promotion import DECIDING
from training.rows.labels import ahead, labels

CHAMPION, CHALLENGER = "champion", "challenger"


@dataclass(frozen=True)
class Outcomes:
    """What came of the users of a past snapshot that both models scored: ids, whether they churned (0 or 1), and what
    each model had said."""

    run: str
    as_of: str
    users: pa.Array
    churned: np.ndarray
    risk: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Came:
    """A closed window: how many users, the share that churned, each model's mean risk, and their figures with 95 %
    intervals; differences: challenger minus champion with interval and verdict, of what the promotion test goes by."""

    run: str
    as_of: str
    users: int
    churned: float
    risk: Mapping[str, float]
    figures: Mapping[str, Mapping[str, float]]
    intervals: Mapping[str, Mapping[str, Range]]
    differences: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Trial:
    """The newest snapshot's challenger. since, until: from when to when it is watched (UTC). agreement: see
    ``scores.agreement``. came: its closed windows, oldest first."""

    champion: str
    challenger: str
    since: str
    until: str
    agreement: Mapping[str, Any]
    came: tuple[Came, ...]


def trial(base: UserBase, found: Sequence[Snapshot]) -> Trial | None:
    """How the challenger does; None where the newest snapshot has none. found: by date, oldest first."""
    about = found[-1].manifest.get(kept.KEY)
    if about is None:
        return None
    champion, until = found[-1].manifest["model_version"], base.config.promote.shadow_days
    past = outcomes(base, watched(found, champion, about["model"]))
    return Trial(
        champion=champion,
        challenger=about["model"],
        since=about["since"],
        until=ahead(base.config, datetime.fromisoformat(about["since"]), until).isoformat(),
        agreement=about["agreement"],
        came=tuple(_came(one) for one in past),
    )


def watched(found: Sequence[Snapshot], champion: str, challenger: str) -> list[Snapshot]:
    """The snapshots that both models scored, neither of which knew what would come."""
    return [
        one
        for one in found
        if one.manifest["model_version"] == champion
        and one.manifest.get(kept.KEY, {}).get("model") == challenger
        and not in_hindsight(one)
        and (one.manifest[kept.KEY]["labels_close"] or "") <= one.manifest["as_of"]
    ]


def outcomes(base: UserBase, found: Sequence[Snapshot]) -> list[Outcomes]:
    """What came of those snapshots whose window has closed, a horizon apart, ``monitor.windows`` at most."""
    past = closed(base.config, found, base.tables.observed_until, base.config.monitor.windows)
    return [told for one in past if (told := _outcomes(base, one)) is not None]


def samples(past: Sequence[Outcomes]) -> list[Sample]:
    """The same for the promotion test: a user has one number in all of them."""
    everybody = pa.chunked_array([one.users for one in past]).unique()
    return [Sample(pc.index_in(one.users, everybody).to_numpy(), one.churned, one.risk) for one in past]


def _outcomes(base: UserBase, snapshot: Snapshot) -> Outcomes | None:
    theirs = kept.rows(snapshot.folder, snapshot.manifest)
    if theirs is None or len(theirs) < FEWEST:
        return None
    rows = snapshot.table(["user_id", "churn_risk"])
    users = theirs["user_id"].combine_chunks()
    came = labels(base, base.tables.observed_until, as_of(snapshot), theirs)
    came = came.take(pc.index_in(users, came["user_id"].combine_chunks()))
    ours = rows.take(pc.index_in(users, rows["user_id"].combine_chunks()))
    risk = {CHAMPION: ours["churn_risk"].to_numpy(), CHALLENGER: theirs["churn_risk"].to_numpy()}
    churned = came["churned"].to_numpy().astype(np.int64)
    return Outcomes(snapshot.run_id, snapshot.manifest["as_of"], users, churned, risk)


def _came(one: Outcomes) -> Came:
    drawn = compare([Sample(np.arange(len(one.users)), one.churned, one.risk)], CHALLENGER, draws=DRAWS)
    return Came(
        run=one.run,
        as_of=one.as_of,
        users=len(one.users),
        churned=float(one.churned.mean()),
        risk={name: float(risk.mean()) for name, risk in one.risk.items()},
        figures={model: {name: drawn.figures[model][name] for name in SHOWN} for model in one.risk},
        intervals={model: {name: drawn.intervals[model][name] for name in SHOWN} for model in one.risk},
        differences={name: asdict(drawn.differences[CHAMPION][name]) for name in DECIDING},
    )
