"""Everybody who was assigned, as verification takes them: of exported runs, and of the table ``assignments``.

By intention to treat: of a run's play, all whom it drew into an arm, also who was dropped by the export since. Their
scores are those of the run's own snapshot; of assignments from elsewhere, of the newest snapshot before the first.
"""

from datetime import datetime
from pathlib import Path

import pyarrow as pa

from features.engine.duckdb_session import read
from features.errors import BadInput
from features.groups.rule_sql import quoted
from features.user_base import UserBase
from serving.batch.earlier import earlier
from serving.batch.snapshot import Snapshot, open_snapshot
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.receipts import every_receipt
from serving.campaigns.run import Run, open_run
from training.verification.assigned import SCHEMA

SCORES = ("risk", "expected_value", "value_at_stake", "stay_tier", "scored_at")


def assigned_users(base: UserBase) -> pa.Table:
    """The rows of ``training.verification.assigned.SCHEMA``, ``user_id`` of the tables' type."""
    store, user = base.config.store_path, _user(base)
    found = [_of_run(base, open_run(store, name), play, at) for (name, play), at in first_exports(store).items()]
    found += _from_elsewhere(base)
    wanted = SCHEMA.set(0, pa.field("user_id", user))
    return pa.concat_tables([wanted.empty_table(), *(one.select(wanted.names).cast(wanted) for one in found)])


def first_exports(store: Path) -> dict[tuple[str, str], datetime]:
    """When each run's play was exported first: the assignment of both arms. Lists of who left do not count."""
    found: dict[tuple[str, str], datetime] = {}
    for folder, _, receipt in every_receipt(store):
        key, at = (folder.name, receipt["play"]), datetime.fromisoformat(receipt["at"])
        if receipt["which"] != "out":
            found[key] = min(at, found.get(key, at))
    return found


def goals(store: Path) -> dict[str, str]:
    """What each exported play was to change, by campaign id."""
    return {f"{name}/{play}": open_run(store, name).plays[play]["goal"] for name, play in first_exports(store)}


def _of_run(base: UserBase, run: Run, play: str, at: datetime) -> pa.Table:
    files = ", ".join(quoted(str(file)) for file in run.files)
    share = run.plays[play]["holdout"]
    rows = (
        f"SELECT user_id, TIMESTAMP {quoted(at.isoformat(sep=' '))} AS time, "
        f"{quoted(f'{run.name}/{play}')} AS campaign_id, arm, {share!r}::DOUBLE AS share "
        f"FROM read_parquet([{files}]) WHERE play = {quoted(play)} AND arm IN ('{TREATMENT}', '{HOLDOUT}')"
    )
    snapshot: Snapshot | None = None
    try:
        snapshot = open_snapshot(base.config.store_path / "snapshots" / run.manifest["snapshot"])
    except BadInput:  # pruned since: then without scores
        snapshot = None
    return _with_scores(base, rows, snapshot)


def _from_elsewhere(base: UserBase) -> list[pa.Table]:
    """The table ``assignments``, a campaign at a time."""
    table = base.tables.assignments
    if table is None:
        return []
    con, found = base.con, []
    share = "share" if "share" in table.columns else "NULL::DOUBLE AS share"
    con.con.execute(
        f"CREATE OR REPLACE TEMP TABLE assigned_elsewhere AS SELECT user_id, time, campaign_id, arm, {share} "
        f"FROM ({con.compile(table)})"
    )
    begins = read(
        con, "SELECT campaign_id, min(time) AS begin FROM assigned_elsewhere GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    for one in begins:
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
