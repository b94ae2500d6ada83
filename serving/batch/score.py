"""The scoring job: every user known at the as-of goes in, a snapshot comes out."""

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from features import whole_files
from features.build import count_known, known
from features.build.population import Population
from features.build.warm_days import with_days
from features.config import Config
from features.engine.duckdb_session import threads
from features.errors import BadInput
from features.groups import lifecycle
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.batch import counts as tally
from serving.batch.bucket_features import (
    Find,
    RequiredFeatures,
    dates_of,
    on_duckdb,
    on_spark,
    populations,
    required_features,
)
from serving.batch.buckets import digits_for
from serving.batch.challenger import kept
from serving.batch.challenger.scores import challenger_file
from serving.batch.earlier import earlier
from serving.batch.lock import alone, alone_if_free
from serving.batch.part import finished_part, part_file, prefixes, record_file, write_part
from serving.batch.snapshot import INPUTS, MANIFEST, Snapshot, finish, latest, place, publish, run_id
from serving.batch.work.bucket_rows import Scoring, bucket_rows, measure_file
from serving.batch.work.executors import challenge_on_executors, score_on_executors
from serving.boards.write import write_boards
from serving.scoring.named import Named, named
from serving.scoring.shown import shown
from training.promised import promised
from training.rows import histograms
from training.tracking import Challenger, Version

_log = logging.getLogger(__name__)


def score(
    base: UserBase,
    model: Version,
    as_of: datetime | None = None,
    fresh: bool = False,
    progress: Progress = silent,
    digits: int | None = None,
    challenger: Challenger | None = None,
) -> Snapshot:
    """Score all users known at ``as_of`` (default: the end of the logs).

    digits: of the hash that makes the buckets; default: by the number of users. The manifest's ``unseen`` counts, by
    text feature, the scored users whose value was never seen in training; ``curve_alike`` the scored users whose churn
    curve has one risk at two horizons; ``previous`` has the counts of the snapshot before, and ``alarms`` says which
    shares moved by more than ``score.max_shift`` since. ``stages_before`` names the snapshot that ``stage_before``
    comes from, the newest of an earlier date; null where there is none. ``versions``: which version of tables that have
    some, Delta's and Iceberg's, was read. challenger: scores the same users in the same pass, into files of its own;
    then ``challenger`` names it and them, and tells how both models agree.

    The same input, as-of, configuration, model and earlier snapshot give the same run: it is not done again unless
    ``fresh``; one that was stopped goes on after its finished parts, and one that another process works on is waited
    for. Raises BadInput where the model was trained for another configuration, the tables lack what it needs, a stage
    rule asks for what is only known of today at an earlier as-of, nobody is known yet, or the store cannot be written.
    """
    as_of, bundle = as_of or base.tables.observed_until, model.bundle
    if bundle.config_hash != base.config.model_hash():
        raise BadInput(
            f"{base.config.file.name}: model {model.name} was trained for another configuration ({bundle.config_hash}, "
            f"this is {base.config.model_hash()}); run 'holdfast train', or take back the change"
        )
    lifecycle.check_dates(base.config, base.tables, [as_of], base.tables.observed_until)
    before = earlier(base.config.store_path, as_of)
    asked = named(base, as_of, datetime.fromisoformat(before.manifest["as_of"]) if before else None)
    names = [model.name, before.run_id if before else "", asked.digest if asked else ""]
    names += [f"{challenger.version.name} {challenger.since:%Y-%m-%dT%H:%M:%S}"] if challenger else []
    run = run_id(as_of, base.config.hash(), *names, base.tables.fingerprint)
    work = base.config.store_path / "work" / run
    with _reporting_errors(work), alone(work.with_suffix(".lock")):
        _sweep(work)
        folder = place(base.config.store_path, run, fresh)
        if (folder / MANIFEST).exists():
            snapshot = publish(folder)
        else:
            for left in (folder, work) if fresh else ():
                shutil.rmtree(left, ignore_errors=True)
            snapshot = _score(_Job(base, model, as_of, before, asked, folder, work, progress, challenger), digits)
        shutil.rmtree(work, ignore_errors=True)
        return snapshot


@dataclass(frozen=True)
class _Job:
    base: UserBase
    model: Version
    as_of: datetime
    before: Snapshot | None
    named: Named | None
    folder: Path
    work: Path
    progress: Progress
    challenger: Challenger | None = None

    @property
    def scoring(self) -> Scoring:
        given = (self.base.config, self.model.name, self.as_of, self.before, self.named, self.folder, self.work)
        return Scoring(*given, threads(self.base.config))


def _score(job: _Job, digits: int | None) -> Snapshot:
    config, bundle = job.base.config, job.model.bundle
    wanted = required_features(config, kept.features(bundle, job.challenger), job.named, shown(job.base))
    days = replace(job, base=with_days(job.base, dates_of(config, job.as_of, wanted)))
    total, dates = _everybody(days, wanted)
    digits = digits_for(total) if digits is None else digits
    _keep_only(job.folder, digits)
    if config.engine.kind == "spark":
        _on_executors(job, wanted, dates, digits)
    find: Find | None = None
    counts, unseen, done, alike = Counter[str](), Counter[str](), 0, 0
    inputs: list[dict[str, dict[str, int]]] = []
    for prefix in prefixes(digits):
        job.progress("scoring users", done, total)
        record = _record(job, prefix)
        if record is None or not kept.finished(job.folder, prefix, record, job.challenger):
            find = find or _find(days, wanted, dates, digits)
            rows, about = _rows(job, find, prefix)
            record = write_part(job.folder, prefix, rows, about)  # last: where it is, all of the bucket is
        counts.update(record["counts"])
        unseen.update(record["unseen"])
        alike += record["curve_alike"]
        inputs.append(record.get("inputs", {}))
        done += record["rows"]
    if done != total:
        raise BadInput(
            f"{job.folder}: {total:,} users are known and {done:,} were scored; run 'holdfast score --fresh'"
        )
    job.progress("scoring users", done, total)
    job.base.still_as_read()
    whole_files.write_sealed(job.folder / INPUTS, {"features": histograms.added(inputs) if all(inputs) else {}})
    about = {
        "as_of": job.as_of.isoformat(),
        "model_version": job.model.name,
        "model_kind": bundle.kind,
        "config_hash": config.hash(),
        "users": total,
        "eligible": total - sum(n for key, n in counts.items() if key.startswith("reason_not_eligible:")),
        "counts": (now := tally.ordered(config, counts)),
        "unseen": dict(sorted(unseen.items())),
        "curve_alike": alike,
        "stages_before": job.before.run_id if job.before else None,
        "rows": {name: one.plain() for name, one in job.base.tables.counts.items()},
        "versions": job.base.tables.versions,
        "population": _plain(dates[0]),
        "boards": _boards(job, digits),
        "inputs": INPUTS,
        "logs_until": job.base.tables.observed_until.isoformat(),
        "model_hash": bundle.config_hash,
        "labels_close": bundle.trained_on.get("labels_close"),
        "promised": promised(bundle.metrics),
    }
    about |= kept.told(job.folder, job.challenger, prefixes(digits))
    return finish(job.folder, about | _beside_previous(config, now), digits)


def _boards(job: _Job, digits: int) -> dict[str, Any]:
    """Write the boards beside the parts, and return what the manifest says of them."""
    before = datetime.fromisoformat(job.before.manifest["as_of"]) if job.before else None
    parts = [part_file(job.folder, prefix) for prefix in prefixes(digits)]
    measured = [file for prefix in prefixes(digits) if (file := measure_file(job.work, prefix)).exists()]
    measured = measured if len(measured) == len(parts) else []  # of none where there are no levels
    return write_boards(job.base, job.as_of, job.folder, parts, before, job.progress, measured)


def _rows(job: _Job, find: Find, prefix: str) -> tuple[pa.Table, dict[str, Any]]:
    """A bucket's snapshot rows, and what its record says of them."""
    found = find(prefix)
    rows, about = bucket_rows(job.scoring, job.model.bundle, found, prefix)
    return rows, about | _challenged(job, prefix, found.features.filter(rows["eligible"]))


def _challenged(job: _Job, prefix: str, eligible: pa.Table) -> dict[str, Any]:
    return kept.write(job.folder, prefix, job.challenger, eligible, threads(job.base.config))


def _on_executors(job: _Job, wanted: RequiredFeatures, dates: list[Population], digits: int) -> None:
    """Have Spark's executors write the parts; those that an earlier try finished, they hold against their records."""
    parts = prefixes(digits)
    written = on_spark(job.base, wanted, dates, digits, job.work, job.progress)
    job.progress("scoring users on Spark", 0, len(parts))
    score_on_executors(job.scoring, job.model.bundle, written, parts)
    if job.challenger:
        challenge_on_executors(job.scoring, job.challenger, written, parts)
    job.progress("scoring users on Spark", len(parts), len(parts))


def _record(job: _Job, prefix: str) -> dict[str, Any] | None:
    """The record of a finished part; executors held the part itself against it, so that no row comes here."""
    if job.base.config.engine.kind == "spark":
        return whole_files.read_sealed(record_file(job.folder, prefix))
    return finished_part(job.folder, prefix)


def _find(job: _Job, wanted: RequiredFeatures, dates: list[Population], digits: int) -> Find:
    users = job.base.con.create_table("known", known(job.base, job.as_of), temp=True, overwrite=True)
    job.progress("splitting the tables by user", 0, 1)
    found = on_duckdb(job.base, users, wanted, dates, digits, job.work)
    job.progress("splitting the tables by user", 1, 1)
    return found


def _everybody(job: _Job, wanted: RequiredFeatures) -> tuple[int, list[Population]]:
    """How many users are known, and the populations; kept with the run, for a process that resumes it."""
    file = job.work / "everybody.json"
    with suppress(BadInput):
        kept = whole_files.read_sealed(file)
        dates = [Population(**one | {"cutoff": datetime.fromisoformat(one["cutoff"])}) for one in kept["populations"]]
        return kept["users"], dates
    total = count_known(job.base, job.as_of)
    if not total:
        raise BadInput(f"as-of {job.as_of:%Y-%m-%d %H:%M}: no user is known then; take a later as-of")
    dates = populations(job.base, job.as_of, wanted)
    job.work.mkdir(parents=True, exist_ok=True)
    whole_files.write_sealed(file, {"users": total, "populations": [_plain(one) for one in dates]})
    return total, dates


def _plain(population: Population) -> dict[str, Any]:
    return asdict(population) | {"cutoff": population.cutoff.isoformat()}


def _beside_previous(config: Config, counts: dict[str, int]) -> dict[str, Any]:
    try:
        previous = latest(config.store_path)
    except BadInput:  # the first, or one that cannot be read any more
        return {"previous": None, "alarms": []}
    before = previous.manifest["counts"]
    alarms = tally.moved(config, before, counts)
    kept = {key: previous.manifest[key] for key in ("as_of", "users", "eligible", "counts")}
    return {"previous": {"run": previous.run_id} | kept, "alarms": alarms}


def _keep_only(folder: Path, digits: int) -> None:
    """Remove what a killed run was writing, and the parts of another number of buckets."""
    makes = (part_file, record_file, challenger_file)
    names = {make(folder, one).name for one in prefixes(digits) for make in makes}
    for left in folder.glob("*") if folder.exists() else ():
        if left.name not in names and left.is_file():
            left.unlink()


def _sweep(work: Path) -> None:
    """Remove what killed runs left in the store: it is of use only while nothing has changed since."""
    for run in {left.stem for left in work.parent.iterdir()} - {work.name}:
        with alone_if_free(work.with_name(f"{run}.lock")) as free:
            if free:
                shutil.rmtree(work.with_name(run), ignore_errors=True)


@contextmanager
def _reporting_errors(work: Path) -> Iterator[None]:
    """Raise BadInput, in one line, for a full disk, a vanished file or a folder that cannot be written."""
    stands = "the snapshot before still stands"
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        what = str(error).partition("\n")[0]
        raise BadInput(f"{what}; {stands}; give queries more memory (engine.memory), then score again") from None
    except (OSError, duckdb.IOException) as error:
        what = str(error).partition("\n")[0]
        raise BadInput(
            f"{what}; {stands}; see that the tables' files are there and that {work.parent.parent} can be written and "
            "has room, then score again: finished buckets are not done twice"
        ) from None


def most_worth_keeping(snapshot: Snapshot, count: int = 10) -> pa.Table:
    """The users with the most value at stake, largest first."""
    table = ibis.duckdb.connect().read_parquet(snapshot.files)
    return table.filter(table.eligible).order_by(table.value_at_stake.desc(), "user_id").limit(count).to_pyarrow()
