"""Everybody who was assigned, as verification takes them: of exported runs, and of the table ``assignments``.

By intention to treat: of a run's play, all whom it drew into an arm, also who was dropped by the export since. Their
scores are those of the run's own snapshot; of assignments from elsewhere, of the newest snapshot before the first.

Of each epoch's global holdout, everybody scored in the snapshot of its first exported run, from that export on, whether
a play took them or not: those held out of everything beside all others.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.engine.duckdb_session import read
from features.errors import BadInput
from features.groups.rule_sql import quoted
from features.user_base import UserBase
from serving.batch.earlier import earlier
from serving.batch.snapshot import Snapshot, open_snapshot
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.policy import in_global_holdout
from serving.campaigns.receipts import first_exports
from serving.campaigns.run import Run, open_run
from serving.scoring.bucket import BUCKETS
from training.verification.campaigns.assigned import GLOBAL, SCHEMA, with_pooled

SCORES = ("risk", "expected_value", "value_at_stake", "stay_tier", "scored_at")


def assigned_users(base: UserBase) -> pa.Table:
    """The rows of ``assigned.SCHEMA``, ``user_id`` of the tables' type: of every exported run's play, again of those
    that were exported in several runs under their own name, of the global holdouts, of the table ``assignments``."""
    store = base.config.store_path
    first = first_exports(store)
    runs = {name: open_run(store, name) for name, _ in first}
    found = [_of_run(base, runs[name], play, at) for (name, play), at in first.items()]
    found += [_global_holdout(base, run, at) for run, at in _first_of_epochs(runs, first)]
    found += _from_elsewhere(base, {f"{name}/{play}" for name, play in first})
    wanted = SCHEMA.set(0, pa.field("user_id", _user(base)))
    every = pa.concat_tables([wanted.empty_table(), *(one.select(wanted.names).cast(wanted) for one in found)])
    return with_pooled(every)


def goals(store: Path) -> dict[str, str]:
    """What each exported play was to change, by campaign id and by its name, where that of the last export counts."""
    found: dict[str, str] = {}
    for (name, play), _ in sorted(first_exports(store).items(), key=lambda one: one[1]):
        found[f"{name}/{play}"] = found[play] = open_run(store, name).plays[play]["goal"]
    return found


def _first_of_epochs(runs: Mapping[str, Run], first: Mapping[tuple[str, str], datetime]) -> list[tuple[Run, datetime]]:
    """The run of each epoch that was exported first, and when; none of an epoch that holds nobody out of everything."""
    found: dict[str, tuple[Run, datetime]] = {}
    for (name, _), at in sorted(first.items(), key=lambda one: (one[1], one[0])):
        held = runs[name].manifest.get("holdouts")
        if held:
            found.setdefault(held["epoch"], (runs[name], at))
    return [(run, at) for run, at in found.values() if run.manifest["holdouts"]["global"] > 0]


def _global_holdout(base: UserBase, run: Run, at: datetime) -> pa.Table:
    held, snapshot = run.manifest["holdouts"], _snapshot(base, run)
    if snapshot is None or _is_whole(snapshot.schema.field("user_id").type) != _is_whole(_user(base)):
        return SCHEMA.set(0, pa.field("user_id", _user(base))).empty_table()
    out = [one for one in range(BUCKETS) if in_global_holdout(held["epoch"], held["global"], one)]
    files = ", ".join(quoted(str(file)) for file in snapshot.files)
    listed, name = ", ".join(map(str, out)) or "NULL", f"{GLOBAL}/{held['epoch']}"
    return _with_scores(
        base,
        f"SELECT user_id, {_moment(at)} AS time, {quoted(name)} AS campaign_id, "
        f"CASE WHEN bucket IN ({listed}) THEN '{HOLDOUT}' ELSE '{TREATMENT}' END AS arm, "
        f"{held['global']!r}::DOUBLE AS share, {quoted(held['epoch'])} AS epoch, NULL AS sent_as, NULL AS cluster "
        f"FROM read_parquet([{files}]) WHERE churn_risk IS NOT NULL",
        snapshot,
    )


def _moment(at: datetime) -> str:
    return f"TIMESTAMP {quoted(at.isoformat(sep=' '))}"


def _snapshot(base: UserBase, run: Run) -> Snapshot | None:
    """The run's snapshot; None where it was pruned since: then its users have no scores."""
    with suppress(BadInput):
        return open_snapshot(base.config.store_path / "snapshots" / run.manifest["snapshot"])
    return None


def _of_run(base: UserBase, run: Run, play: str, at: datetime) -> pa.Table:
    if _is_whole(pq.read_schema(run.files[0]).field("user_id").type) != _is_whole(_user(base)):
        return SCHEMA.set(0, pa.field("user_id", _user(base))).empty_table()  # ids of another type are nobody's now
    files = ", ".join(quoted(str(file)) for file in run.files)
    share = run.plays[play]["holdout"]
    epoch = run.manifest.get("holdouts", {}).get("epoch")
    name = quoted(f"{run.name}/{play}")
    rows = (
        f"SELECT user_id, {_moment(at)} AS time, {name} AS campaign_id, arm, {share!r}::DOUBLE AS share, "
        f"{'NULL' if epoch is None else quoted(epoch)} AS epoch, {name} AS sent_as, NULL AS cluster "
        f"FROM read_parquet([{files}]) WHERE play = {quoted(play)} AND arm IN ('{TREATMENT}', '{HOLDOUT}')"
    )
    return _with_scores(base, rows, _snapshot(base, run))


def _from_elsewhere(base: UserBase, own: set[str]) -> list[pa.Table]:
    """The table ``assignments``, a campaign at a time; without those of exported runs, which know more of theirs."""
    table = base.tables.assignments
    if table is None:
        return []
    con, found = base.con, []
    share = "share" if "share" in table.columns else "NULL::DOUBLE AS share"
    cluster = "cluster" if "cluster" in table.columns else "NULL::VARCHAR AS cluster"
    con.con.execute(
        f"CREATE OR REPLACE TEMP TABLE assigned_elsewhere AS SELECT user_id, time, campaign_id, arm, {share}, "
        f"NULL AS epoch, campaign_id AS sent_as, {cluster} "
        f"FROM ({con.compile(table)})"
    )
    begins = read(
        con, "SELECT campaign_id, min(time) AS begin FROM assigned_elsewhere GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    for one in (each for each in begins if each["campaign_id"] not in own):
        mine = f"SELECT * FROM assigned_elsewhere WHERE campaign_id = {quoted(one['campaign_id'])}"
        # of an earlier day: one of the same day might know more
        found.append(_with_scores(base, mine, earlier(base.config.store_path, one["begin"])))
    return found


def _with_scores(base: UserBase, rows: str, snapshot: Snapshot | None) -> pa.Table:
    if snapshot is None or _is_whole(snapshot.schema.field("user_id").type) != _is_whole(_user(base)):
        nothing = ", ".join(f"NULL AS {name}" for name in SCORES)
        return read(base.con, f"SELECT *, {nothing} FROM ({rows})")
    files = ", ".join(quoted(str(file)) for file in snapshot.files)
    return read(
        base.con,
        f"SELECT r.*, s.churn_risk AS risk, s.expected_value, s.value_at_stake, s.stay_tier, "
        f"CASE WHEN s.churn_risk IS NOT NULL THEN TIMESTAMP {quoted(snapshot.manifest['as_of'].replace('T', ' '))} END "
        f"AS scored_at FROM ({rows}) AS r LEFT JOIN read_parquet([{files}]) AS s USING (user_id)",
    )


def _is_whole(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind))


def _user(base: UserBase) -> pa.DataType:
    return next(iter(base.tables.values())).schema().to_pyarrow().field("user_id").type
