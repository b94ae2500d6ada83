"""Two snapshots compared: who moved between stages, bands and tiers, who came and who went."""

from dataclasses import dataclass
from pathlib import Path

from ibis.backends.duckdb import Backend

from features import whole_files
from features.errors import BadInput
from features.progress import Progress, silent
from serving.batch.snapshot import Snapshot

GROUPS = ("stage", "risk_band", "value_tier", "stay_tier")
SCORES = ("churn_risk", "expected_value", "value_if_stays", "value_at_stake")
Moves = dict[tuple[str | None, str | None], int]


@dataclass(frozen=True)
class Diff:
    """What became of the users of one snapshot in another."""

    old: Snapshot
    new: Snapshot
    stayed: int  # users in both
    came: int  # only in the new one
    went: int  # only in the old one
    moved: int  # of those in both, who changed stage, band or tier
    moves: dict[
        str, Moves
    ]  # by group: (before, after) → users in both; None is no value, as bands of who is not eligible


def diff(con: Backend, old: Snapshot, new: Snapshot, out: Path | None = None, progress: Progress = silent) -> Diff:
    """Compare two snapshots by user, in the session's memory and what it may spill.

    out: a Parquet file for who moved, came or went, by user_id: ``presence`` (stayed, came, went), and stage, band,
    tier and scores ``…_before`` and ``…_after``, null where the user was not there or not eligible.
    Raises BadInput where a part is damaged or the two hold user ids of different types.
    """
    kinds = [snapshot.schema.field("user_id").type for snapshot in (old, new)]
    if kinds[0] != kinds[1]:
        raise BadInput(
            f"{new.folder}: user ids are {kinds[1]}, in {old.run_id} {kinds[0]}; compare snapshots of the same base"
        )
    files: list[list[str]] = []
    for snapshot in (old, new):
        count = len(snapshot.manifest["parts"])
        files.append([])
        for file in snapshot.each_file():
            progress(f"reading {snapshot.run_id}", len(files[-1]), count)
            files[-1].append(str(file))
        progress(f"reading {snapshot.run_id}", count, count)
    progress("comparing", 0, 3)
    _join(con, *files)
    progress("comparing", 1, 3)
    counts = dict(con.con.sql("select presence, count(*) from compared group by presence").fetchall())
    moved = con.con.sql("select count(*) from compared where moved and presence = 'stayed'").fetchall()[0][0]
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        chosen = "select * exclude (moved) from compared where moved or presence <> 'stayed' order by user_id"
        movers = con.con.sql(chosen)
        whole_files.write(out, lambda part: movers.write_parquet(str(part), compression="zstd"))
    progress("comparing", 2, 3)
    moves = {group: _moves(con, group) for group in GROUPS}
    progress("comparing", 3, 3)
    con.con.execute("drop table compared")
    return Diff(old, new, counts.get("stayed", 0), counts.get("came", 0), counts.get("went", 0), moved, moves)


def _join(con: Backend, old: list[str], new: list[str]) -> None:
    columns = [*GROUPS, *SCORES]
    chosen = ", ".join(f"old.{name} as {name}_before, new.{name} as {name}_after" for name in columns)
    moved = " or ".join(f"old.{group} is distinct from new.{group}" for group in GROUPS)
    con.con.execute(
        f"create or replace temp table compared as select user_id, case when old.there is null then 'came' "
        f"when new.there is null then 'went' else 'stayed' end as presence, {chosen}, {moved} as moved "
        "from (select *, true as there from read_parquet($old)) as old "
        "full join (select *, true as there from read_parquet($new)) as new using (user_id)",
        {"old": old, "new": new},
    )


def _moves(con: Backend, group: str) -> Moves:
    rows = con.con.sql(
        f"select {group}_before, {group}_after, count(*) from compared where presence = 'stayed' group by all"
    ).fetchall()
    return {(before, after): count for before, after, count in rows}
