"""The planning job: a snapshot and the playbook go in, an immutable run comes out. It sends nothing."""

import getpass
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import whole_files
from features.config.operations.playbook import Play, Playbook
from features.engine.duckdb_session import read
from features.errors import BadInput
from features.groups.rule_sql import english, quoted
from features.progress import Progress, silent
from features.said import Said
from features.user_base import UserBase
from features.write_behind import write_behind
from serving.batch.lock import alone
from serving.batch.part import finished_part, part_file, prefixes, record_file, write_part
from serving.batch.snapshot import Snapshot
from serving.campaigns.budget import rank, within
from serving.campaigns.contact_state import consent_column, contact_state, refuse_other_ids
from serving.campaigns.deltas.resting import resting_sql
from serving.campaigns.entered import met_before, run_before, write_stayed
from serving.campaigns.fates import TREATMENT
from serving.campaigns.people import Asked, asked, bucket_by_bucket
from serving.campaigns.policy import active_days, chosen_sql, running
from serving.campaigns.receipts import exported, last_exported, mark
from serving.campaigns.report import count, report
from serving.campaigns.run import (
    ASSIGNMENTS,
    CAMPAIGNS,
    COLUMNS,
    LISTS,
    MANIFEST,
    REPORT,
    VERSION,
    Run,
    open_run,
    run_name,
    schema,
)
from serving.campaigns.saves.taken import asks, kept, marks, with_saves

ROWS = 5000  # of a row group of assignments: one user is read in some milliseconds
REPEATING = ("cost", *(name for name in COLUMNS if name.startswith("plays_")))
LISTED = ("user_id", "channel", "value_at_stake", "gain", "send_after", "send_before", "rank")


@dataclass(frozen=True)
class _Job:
    base: UserBase
    snapshot: Snapshot
    playbook: Playbook
    plays: list[Play]
    wanted: Asked
    before: Run | None
    by: str
    folder: Path
    work: Path
    progress: Progress
    saves: Mapping[str, Mapping[str, Any]]

    @property
    def as_of(self) -> datetime:
        return datetime.fromisoformat(self.snapshot.manifest["as_of"])

    @property
    def digits(self) -> int:
        return int(self.snapshot.manifest["digits"])


def plan(base: UserBase, snapshot: Snapshot, by: str | None = None, progress: Progress = silent) -> Run:
    """Apply the playbook to a snapshot. Of the same snapshot, playbook, policy, tables, exports and save rates of the
    plays there is one run.

    by: who drafts it; default: the account. A killed run goes on where it was; of two at once, one waits and finds the
    other's. Raises BadInput where there is no play, rules ask for what the tables lack, or the store cannot be written.
    """
    config = base.config
    if not config.playbook.plays:
        raise BadInput(f"{config.file.name}: no [[play]]; write some, or let 'holdfast init --playbook' do it")
    ids = snapshot.schema.field("user_id").type
    refuse_other_ids(base.tables, ids, snapshot.run_id, "score again with 'holdfast score'")
    as_of, store = datetime.fromisoformat(snapshot.manifest["as_of"]), config.store_path
    before = run_before(store, as_of, config.play)
    saves, own = kept(store, config.playbook), config.contact.own_usage
    playbook = english(config.playbook, {layer.name: layer for layer in config.groupings()})
    there = {*snapshot.schema.names, *(base.tables["users"].columns if "users" in base.tables else ())}
    playbook = with_saves(playbook, saves, there)
    more = (*((active_days(own.days),) if own else ()), *asks(playbook))
    wanted = asked(base, playbook, as_of, more)
    name = run_name(
        as_of,
        snapshot.run_id,
        whole_files.sha256(snapshot.folder / "manifest.json"),
        config.playbook_hash(),
        base.tables.fingerprint,
        before.name if before else "",
        mark(store),
        *marks(saves),
        *([str(sorted(wanted.cuts.items()))] if wanted.layers else []),
    )
    work = store / "work" / f"campaign-{name}"
    with _reporting_errors(work), alone(work.with_suffix(".lock")):
        folder = store / CAMPAIGNS / name
        if not (folder / MANIFEST).exists():
            plays = running(playbook, as_of, config.project.timezone)
            _plan(_Job(base, snapshot, playbook, plays, wanted, before, by or account(), folder, work, progress, saves))
        shutil.rmtree(work, ignore_errors=True)
    return open_run(store, name)


def account() -> str:
    """Who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _plan(job: _Job) -> None:
    base, con, config = job.base, job.base.con, job.base.config
    names = prefixes(job.digits)
    chosen = {prefix: job.work / "chosen" / f"part-{prefix}.parquet" for prefix in names}
    user = job.snapshot.schema.field("user_id").type
    if not all(file.exists() for file in chosen.values()):
        sent = exported(config.store_path, user)
        contact_state(con, config, job.playbook, base.tables, sent, job.as_of)
        before = met_before(con, job.before, job.plays)
        show = bucket_by_bucket(base, job.snapshot, job.wanted, job.work, before, job.progress)
        query = chosen_sql(config, job.playbook, job.as_of)
        (job.work / "chosen").mkdir(parents=True, exist_ok=True)
        with write_behind() as write:
            for done, (prefix, file) in enumerate(chosen.items()):
                job.progress("matching users with plays", done, len(names))
                if not file.exists():
                    show(prefix)
                    write(_write_chosen, file, read(con, query, few=True))
        job.progress("matching users with plays", len(names), len(names))
    rank(con, job.plays, [str(file) for file in chosen.values()])
    groups, parts = _assignments(job, chosen, user)
    told = report(job.folder.name, job.as_of.isoformat(), job.plays, _ended(job), groups)
    stayed = write_stayed(con, job.folder, job.plays, chosen)
    files = [*_lists(job, user, [job.folder / name for name in stayed]), *stayed]
    whole_files.write_text(job.folder / REPORT, json.dumps(told, indent=1, ensure_ascii=False))
    base.still_as_read()
    about = {
        "version": VERSION,
        "as_of": job.as_of.isoformat(),
        "snapshot": job.snapshot.run_id,
        "playbook": config.playbook_hash(),
        "holdouts": {"epoch": config.contact.epoch, "global": config.contact.global_holdout},
        "inputs": base.tables.fingerprint,
        "before": job.before.name if job.before else None,
        "planned_by": job.by,
        "digits": job.digits,
        "plays": [_play(play, config.contact.channels) for play in job.plays],
        "save_rates": job.saves,
        "notes": [one.as_json for one in _notes(job)],
        "files": {name: whole_files.sha256(job.folder / name) for name in [REPORT, *files]},
        "parts": parts,
    }
    for left in job.folder.rglob(".*.tmp"):  # by a process that was killed while it wrote
        left.unlink(missing_ok=True)
    whole_files.write_sealed(job.folder / MANIFEST, about)


def _write_chosen(file: Path, rows: pa.Table) -> None:
    whole_files.write_parquet(file, rows.take(pc.sort_indices(rows["user_id"])), "lz4", plain=True)


def _assignments(job: _Job, chosen: dict[str, Path], user: pa.DataType) -> tuple[list[dict[str, Any]], list[dict]]:
    """Write the parts of the assignments; their rows counted for the report, and what the manifest says of them."""
    con, folder, groups, parts = job.base.con, job.folder / ASSIGNMENTS, [], []
    with write_behind() as write:
        for done, (prefix, file) in enumerate(chosen.items()):
            job.progress("assigning users", done, len(chosen))
            if finished_part(folder, prefix) is None:
                rows = _final(within(con, done, pq.read_table(file)), user)
                write(write_part, folder, prefix, rows, {"groups": count(con, rows)}, ROWS, REPEATING)
    for prefix in chosen:
        record, part = whole_files.read_sealed(record_file(folder, prefix)), part_file(folder, prefix).name
        groups.append(record["groups"])
        parts.append({"file": part, "prefix": prefix, "rows": record["rows"], "sha256": record["sha256"]})
    job.progress("assigning users", len(chosen), len(chosen))
    return groups, parts


def _final(rows: pa.Table, user: pa.DataType) -> pa.Table:
    """Rows of ``policy.chosen_sql``, the budget applied, as they stand in the assignments: of whom a play matched."""
    if pc.any(pc.equal(rows["plays_matched"], 0)).as_py():
        rows = rows.filter(pc.not_equal(rows["plays_matched"], 0))
    wanted = schema(user)
    priced = rows.drop_columns("cost").rename_columns({"price": "cost"})
    return priced.select(wanted.names).cast(wanted)


def _lists(job: _Job, user: pa.DataType, stayed: list[Path]) -> list[str]:
    """Write each play's list: everybody treated; who came in and who left since the list that was exported last."""
    con, written = job.base.con, []
    assigned = [part_file(job.folder / ASSIGNMENTS, prefix) for prefix in prefixes(job.digits)]
    parts = ", ".join(quoted(str(file)) for file in assigned)
    con.con.execute(
        "CREATE OR REPLACE TEMP TABLE treated AS "
        f"SELECT play AS of_play, {', '.join(LISTED)} FROM read_parquet([{parts}]) WHERE arm = '{TREATMENT}'"
    )
    for done, play in enumerate(job.plays):
        job.progress("writing lists", done, len(job.plays))
        folder = job.folder / LISTS / play.name
        folder.mkdir(parents=True, exist_ok=True)
        mine = f"SELECT {', '.join(LISTED)} FROM treated WHERE of_play = {quoted(play.name)} ORDER BY user_id"
        full = read(con, mine)
        known = last_exported(job.base.config.store_path, play.name, user)
        came, left = full, known.select(["user_id", "channel"])
        if known.num_rows:
            con.con.register("list_full", full)
            con.con.register("list_before", known)
            higher = [one.name for one in job.plays if one.number < play.number]
            resting = resting_sql(assigned, stayed, play.number, higher)
            waiting = "(FROM list_before WHERE NOT resting)"
            came = read(con, f"SELECT * FROM list_full ANTI JOIN {waiting} USING (user_id, channel) ORDER BY user_id")
            gone = "SELECT user_id, channel FROM list_before ANTI JOIN list_full USING (user_id, channel)"
            left = read(con, f"{gone} ANTI JOIN ({resting}) USING (user_id) ORDER BY user_id, channel")
            con.con.unregister("list_full")
            con.con.unregister("list_before")
        for which, rows in (("full", full), ("in", came), ("out", left)):
            whole_files.write_parquet(folder / f"{which}.parquet", rows)
            written.append(f"{LISTS}/{play.name}/{which}.parquet")
    con.con.execute("DROP TABLE treated")
    job.progress("writing lists", len(job.plays), len(job.plays))
    return written


def _play(play: Play, channels: Any) -> dict[str, Any]:
    """What the manifest keeps of a play: all that its export, its verification and who explains it need."""
    kept = play.setting.model_dump(mode="json")
    costs = {name: channels[name].cost for name in play.channels}
    return {"number": play.number, **kept, "cooldown_days": play.cooldown, "channel_costs": costs}


def _ended(job: _Job) -> list[str]:
    there = {play.number for play in job.plays}
    return [play.name for play in job.playbook.plays if play.number not in there]


def _notes(job: _Job) -> list[Said]:
    """What a person should know: columns that the policy names and the users lack, another configuration."""
    config, found = job.base.config, []
    there = job.base.tables["users"].columns if "users" in job.base.tables else []
    lacking: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for play in job.plays for name in play.channels):
        lacking.setdefault(consent_column(config, config.contact.channels[name]), []).append(name)
    for agreed, names in lacking.items():
        if agreed not in there:
            lacks = "users has no" if there else "there is no [tables.users], so no"
            cure = "map it in tables.users.columns" if there else "add the table"
            zh = f"users 没有 {agreed} 列" if there else f"没有 [tables.users]，也就没有 {agreed}"
            cure_zh = "请在 tables.users.columns 中映射" if there else "请添加这张表"
            found.append(
                Said(
                    f"{', '.join(names)}: {lacks} {agreed}: nobody has consented; {cure}",
                    f"{'、'.join(names)}：{zh}，视为无人同意；{cure_zh}",
                )
            )
    if job.snapshot.manifest["config_hash"] != config.hash():
        scored = job.snapshot.run_id
        found.append(
            Said(
                f"{scored} was scored under other settings; 'holdfast score' makes a new snapshot",
                f"{scored} 是按其他设置评分的；'holdfast score' 会生成新的快照",
            )
        )
    return found


@contextmanager
def _reporting_errors(work: Path) -> Iterator[None]:
    """Raise BadInput, in one line, for a full disk, a vanished file or a folder that cannot be written."""
    stands = "no run was made, those before stand"
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        what = str(error).partition("\n")[0]
        raise BadInput(f"{what}; {stands}; give queries more memory (engine.memory), then plan again") from None
    except (OSError, duckdb.IOException) as error:
        what = str(error).partition("\n")[0]
        raise BadInput(
            f"{what}; {stands}; see that {work.parent.parent} can be written and has room, then plan again: finished "
            "buckets are not done twice"
        ) from None
