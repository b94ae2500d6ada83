"""Plays that take only who entered: whom their rules let in a run before, whether or not they took them then.

A run's assignments hold whom a play matched. Who met the rule of such a play in the run before did not match again, and
stands in ``stayed/part-*.parquet`` instead: else he would count as new in every second run.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from ibis.backends.duckdb import Backend

from features import whole_files
from features.config.operations.playbook import Play
from features.config.operations.plays import PlaySetting
from features.engine.duckdb_session import read
from features.groups.rule_sql import quoted
from serving.campaigns.receipts import approval, cancelled
from serving.campaigns.run import STAYED, Run, runs


def write_stayed(con: Backend, folder: Path, plays: Sequence[Play], chosen: Mapping[str, Path]) -> list[str]:
    """Write who stayed, by part; the files' names in the run's folder: none where no play takes only who entered.

    chosen: files of ``policy.chosen_sql`` by the prefix of their part.
    """
    if not any(play.setting.entered for play in plays):
        return []
    (folder / STAYED).mkdir(parents=True, exist_ok=True)
    names = {prefix: f"{STAYED}/part-{prefix}.parquet" for prefix in chosen}
    for prefix, file in chosen.items():
        who = f"SELECT user_id, stayed FROM read_parquet({quoted(str(file))}) WHERE stayed <> 0 ORDER BY user_id"
        whole_files.write_parquet(folder / names[prefix], read(con, who))
    return list(names.values())


def run_before(store: Path, as_of: datetime, plays: Sequence[PlaySetting]) -> Run | None:
    """The newest run before that counts; with plays that take who entered, of those that had the most of them: a run of
    other plays matched nobody of theirs. A draft wrote to nobody: who entered since the run that counts is to be taken.
    """
    entering = {one.name for one in plays if one.entered}
    earlier = [run for run in runs(store) if run.as_of < as_of and approval(run) and not cancelled(run)]
    return max(earlier, key=lambda run: len(entering & run.plays.keys()), default=None)


def met_before(con: Backend, before: Run | None, plays: Sequence[Play]) -> pa.Table | None:
    """``user_id`` and ``matched_before``: whose rules the user met in the run before, in the numbers of these plays.

    None where there was no run, or no play asks.
    """
    if before is None or not any(play.setting.entered for play in plays):
        return None
    numbers = {one["name"]: one["number"] for one in before.manifest["plays"]}
    bits = [
        f"CASE WHEN met & {1 << numbers[play.name]} <> 0 THEN {1 << play.number}::BIGINT ELSE 0 END"
        for play in plays
        if play.setting.entered and play.name in numbers
    ]
    met = f"SELECT user_id, plays_matched AS met FROM read_parquet([{_listed(before.files)}])"
    if before.stayed:
        met += f" UNION ALL SELECT user_id, stayed FROM read_parquet([{_listed(before.stayed)}])"
    mask = " | ".join(bits) or "0::BIGINT"
    return read(con, f"SELECT user_id, bit_or({mask}) AS matched_before FROM ({met}) GROUP BY user_id")


def _listed(files: Sequence[Path]) -> str:
    return ", ".join(quoted(str(file)) for file in files)
