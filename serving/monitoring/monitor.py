"""`holdfast monitor`: everything that can be told of the newest snapshot, in one object, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from features.groups import lifecycle
from features.progress import Progress, silent
from features.said import Said
from features.user_base import UserBase
from serving.batch.snapshot import Snapshot
from serving.monitoring import early, input_drift, realised, score_drift, stale, year_ago
from serving.monitoring.early import Early
from serving.monitoring.finding import LEVELS, Finding, worst
from serving.monitoring.input_drift import InputDrift
from serving.monitoring.logs import day_values, freshness, row_fates, volumes
from serving.monitoring.logs.day_counts import copies, day_counts
from serving.monitoring.logs.freshness import Freshness
from serving.monitoring.logs.volumes import Volume
from serving.monitoring.past_snapshots import as_of, before, by_date, closed, first_of_model
from serving.monitoring.realised import Realised
from serving.monitoring.score_drift import ScoreDrift
from serving.monitoring.trial import Trial, trial
from serving.monitoring.year_ago import YearAgo

MOST_DAYS = 7  # that are judged, at most: those since the snapshot before
LEVEL_OF = {stale.SNAPSHOT: "watch", stale.LOGS: "stop", stale.MODEL: "retrain"}


@dataclass(frozen=True)
class Report:
    """What was looked at. now: when (UTC). run, before: names of the newest snapshot and of the one before, or None.

    ages: in days, see ``stale.ages``. realised: oldest first. found: what is not as usual, the worst first. trial: of a
    challenger, None where there is none. year_ago: how users stay away beside users alike a year ago, None where the
    logs are too short.
    """

    now: datetime
    run: str
    as_of: datetime
    model: str
    before: str | None
    days: int
    ages: dict[str, float]
    freshness: Sequence[Freshness]
    volumes: Sequence[Volume]
    inputs: Sequence[InputDrift]
    scores: Sequence[ScoreDrift]
    early: Sequence[Early]
    realised: Sequence[Realised]
    found: Sequence[Finding]
    trial: Trial | None = None
    year_ago: YearAgo | None = None

    @property
    def verdict(self) -> str:
        """fine, watch, retrain or stop."""
        return worst(self.found)


def monitor(base: UserBase, now: datetime | None = None, progress: Progress = silent) -> Report:
    """Look at the newest snapshot of the store and at the tables. now: of the clock, in UTC without a zone.

    Raises BadInput where there is no snapshot.
    """
    now = now or datetime.now(UTC).replace(tzinfo=None)
    config, found = base.config, by_date(base.config.store_path)
    newest = found[-1]
    was, first, at = before(found, newest), first_of_model(found, newest), as_of(newest)
    manifest, earlier = newest.manifest, was.manifest if was else {}
    days = min(max(round((at - as_of(was)) / timedelta(days=1)), 1), MOST_DAYS) if was else 1
    progress("monitoring", 0, 3)
    counts = day_counts(base, at, 7 * config.monitor.weeks + days)
    fresh, volume = freshness.freshness(counts, at), volumes.volumes(config, counts, at, days)
    told = _stale(base, newest, now)
    told += freshness.findings(fresh)
    stopped = {one.subject for one in told}  # its empty days are told already
    odd = [one for one in volume if one.table not in stopped]
    told += volumes.findings(config, odd, lambda name, day: copies(base, name, day))
    told += [*day_values.units(config, counts, days), *day_values.gaps(config, counts, days)]
    told += [*day_values.new_texts(base, at, days)]
    progress("monitoring", 1, 3)
    told += row_fates.findings(config, earlier.get("rows", {}), manifest["rows"])
    spread = input_drift.spread
    inputs = input_drift.input_drift(config, spread(newest), spread(was), spread(first))
    told += [*input_drift.findings(config, inputs), *input_drift.unseen(config, manifest)]
    began = first.manifest["counts"] if first else {}
    scores = score_drift.score_drift(config, manifest["counts"], earlier.get("counts", {}), began)
    told += score_drift.findings(scores, lifecycle.names(config))
    soon = early.early(base, found)
    told += early.findings(soon)
    progress("monitoring", 2, 3)
    past = _realised(base, found)
    honest = [one for one in past if not one.hindsight]
    told += realised.findings(base, honest[-1]) if honest else []
    changed = year_ago.year_ago(base, base.tables.observed_until)
    told += year_ago.findings(changed)
    base.still_as_read()
    progress("monitoring", 3, 3)
    return Report(
        now=now,
        run=newest.run_id,
        as_of=at,
        model=manifest["model_version"],
        before=was.run_id if was else None,
        days=days,
        ages=stale.ages(manifest, now),
        freshness=fresh,
        volumes=volume,
        inputs=inputs,
        scores=scores,
        early=soon,
        realised=past,
        found=_ordered(told),
        trial=trial(base, found),
        year_ago=changed,
    )


def _stale(base: UserBase, newest: Snapshot, now: datetime) -> list[Finding]:
    return [
        Finding("stale", subject, LEVEL_OF[subject], said)  # type: ignore[arg-type]
        for subject, said in stale.stale(base.config, newest.manifest, now).items()
    ]


def _realised(base: UserBase, found: Sequence[Snapshot]) -> list[Realised]:
    past = closed(base.config, found, base.tables.observed_until, base.config.monitor.windows)
    return [one for snapshot in past if (one := realised.realised(base, snapshot)) is not None]


def _ordered(told: Sequence[Finding]) -> list[Finding]:
    return sorted(told, key=lambda one: -LEVELS.index(one.level))


def advice(verdict: str) -> Said:
    """What a verdict asks for."""
    return {
        "fine": Said("nothing is out of the ordinary", "一切正常"),
        "watch": Said("go on, and look at what is named below", "可以继续使用，请关注下列项目"),
        "retrain": Said(
            "the scores can be used; train again soon: 'holdfast train'",
            "评分仍可使用，请尽快重新训练：'holdfast train'",
        ),
        "stop": Said("write to nobody by these scores until it is mended", "修复之前请勿按此评分触达用户"),
    }[verdict]
