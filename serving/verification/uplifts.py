"""Whom each play works on, learned from its own trials, for the next run: beside the save rates, as plain numbers.

Each user once, with their first assignment; what was known of them is that of the run's own snapshot, and attributes
that never change. The outcome is having stayed, worth ``value_if_stays`` in money. Which ranking, and whether to spend
at all, is the rule of training.verification.policies, at the play's cost; contacted is the share that the budget of the
play's newest run reached.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.config.operations.playbook import Play
from features.engine.duckdb_session import read
from features.errors import BadInput
from features.groups.rule_sql import column, quoted
from features.user_base import UserBase
from serving.batch.snapshot import open_snapshot
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.run import Run, open_run
from serving.campaigns.saves.taken import RANKS, cost_of
from serving.campaigns.saves.uplift_sql import ATTRIBUTES, NUMBERS
from training.verification.campaigns.verify import Verified
from training.verification.policies import Limit, decide
from training.verification.uplift import learn

STAGE = "stage"
LEVELS, RARE = 12, 0.01  # of a text at most, and none that fewer users have
DIGITS = 10  # that are kept: the rest differs by machine


def with_uplift(
    base: UserBase, plays: Mapping[str, dict[str, Any]], found: Sequence[Verified]
) -> dict[str, dict[str, Any]]:
    """What is kept of plays, see ``save_rates_by_play``, and of those that may rank by it, ``uplift``: ``predictor``,
    ``ranking``, ``spend``, ``why``, ``users``, ``cost``, ``share``; or only ``why`` there is none."""
    settings = {play.name: play for play in base.config.playbook.plays if play.setting.rank in RANKS}
    told = dict(plays)
    for name in (one for one in plays if one in settings):
        seen = [one.seen for one in found if one.trial.ok and one.seen is not None and _play(one) == name]
        rows = _first(seen, plays[name]["campaigns"])
        if len(rows):
            told[name] = plays[name] | {"uplift": _learned(base, settings[name], rows)}
    return told


def _play(one: Verified) -> str:
    return one.campaign_id.rpartition("/")[2]


def _first(seen: Sequence[pa.Table], campaigns: Sequence[str]) -> pa.Table:
    """Each user's first row in these campaigns, by user."""
    if not seen:
        return pa.table({})
    rows = pa.concat_tables(seen)
    rows = rows.filter(pc.is_in(rows["sent_as"], pa.array(campaigns, pa.string())))
    rows = rows.sort_by([("user_id", "ascending"), ("time", "ascending"), ("sent_as", "ascending")]).combine_chunks()
    users = rows["user_id"]
    new = np.append(True, np.asarray(pc.not_equal(users[1:], users[:-1]))) if len(rows) else np.zeros(0, bool)
    return rows.filter(pa.array(new))


def _learned(base: UserBase, play: Play, rows: pa.Table) -> dict[str, Any]:
    try:
        names = rows["sent_as"].unique().to_pylist()
        runs = {name: open_run(base.config.store_path, name.partition("/")[0]) for name in names}
        known = pa.concat_tables(
            [_known(base, run, rows, name) for name, run in runs.items()], promote_options="default"
        )
        known = known.sort_by("user_id")
        x, columns = _features(known)
        treated, churned, share = (known[name].to_numpy().astype(float) for name in ("treated", "churned", "share"))
        learned = learn(x, treated, 1 - churned, 1 - share, columns)
    except BadInput as error:
        return {"why": str(error)}
    worth, risk = (x[:, columns.index(name)] for name in ("value_if_stays", "churn_risk"))
    cost, reached = cost_of(play), _reached(max(runs.values(), key=lambda run: (run.as_of, run.name)), play.name)
    decision = decide(learned, worth, Limit(reached), risk, cost=cost)
    told = {
        "ranking": decision.ranking,
        "spend": decision.spend,
        "why": decision.why.as_json,
        "users": len(x),
        "cost": cost,
        "share": reached,
        "values": {name: {"gain": one.gain, "error": one.error} for name, one in decision.values.items()},
        "predictor": learned.predictor.plain(),
    }
    return _rounded(told)


def _known(base: UserBase, run: Run, rows: pa.Table, name: str) -> pa.Table:
    """The users of one run, with what its snapshot knew of them; those who were not scored are left out."""
    con = base.con
    snapshot = open_snapshot(base.config.store_path / "snapshots" / run.manifest["snapshot"])
    there = snapshot.schema.names
    picked = [f"({sql})::DOUBLE AS {column(each)}" for each, (of, sql) in NUMBERS.items() if of in there]
    picked += [f"s.{STAGE}"] if STAGE in there else []
    joined, fixed = "", _fixed(base)
    if fixed:
        people = con.compile(base.tables["users"].select("user_id", *fixed))
        joined = f" LEFT JOIN ({people}) AS a USING (user_id)"
        picked += [f"a.{column(each)}" for each in fixed]
    files = ", ".join(quoted(str(file)) for file in snapshot.files)
    con.con.register("uplift_users", rows.filter(pc.equal(rows["sent_as"], name)))
    found = read(
        con,
        f"SELECT u.user_id, u.treated, u.churned, u.share, {', '.join(picked)} FROM uplift_users AS u "
        f"JOIN read_parquet([{files}]) AS s USING (user_id){joined} WHERE s.churn_risk IS NOT NULL "
        "AND s.value_if_stays IS NOT NULL"
        if "value_if_stays" in there
        else "SELECT user_id, treated, churned, share FROM uplift_users WHERE false",
    )
    con.con.unregister("uplift_users")
    return found


def _fixed(base: UserBase) -> list[str]:
    """The attributes that say the same of a user at any date."""
    users = base.tables.get("users")
    if users is None or "time" in users.columns:
        return []
    return [name for name in ATTRIBUTES if name in users.columns and name in base.config.tables["users"].fixed]


def _features(known: pa.Table) -> tuple[np.ndarray, list[str]]:
    """Shape (users, features), null is NaN, and the names."""
    if "value_if_stays" not in known.column_names:
        raise BadInput("uplift: no snapshot of its runs says value_if_stays; score again with 'holdfast score'")
    names = [name for name in NUMBERS if name in known.column_names]
    columns = [known[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in names]
    for text in (name for name in (STAGE, *ATTRIBUTES) if name in known.column_names):
        counts = {one["values"]: one["counts"] for one in pc.value_counts(known[text].combine_chunks()).to_pylist()}
        often = sorted((one for one in counts if one is not None), key=lambda one: (-counts[one], one))[:LEVELS]
        for level in (one for one in often if counts[one] >= RARE * len(known)):
            names.append(f"{text}={level}")
            columns.append(np.asarray(pc.fill_null(pc.equal(known[text], level), False)).astype(float))
    return np.column_stack(columns), names


def _reached(run: Run, play: str) -> float:
    """The share of those whom the play could have taken that its budget reached."""
    fates: Mapping[str, int] = next((one["fates"] for one in run.report["plays"] if one["name"] == play), {})
    taken = fates.get(TREATMENT, 0) + fates.get(HOLDOUT, 0)
    return taken / (taken + fates.get("over_budget", 0)) if taken else 1.0


def _rounded(told: Any) -> Any:
    if isinstance(told, float):
        return float(f"{told:.{DIGITS}g}")
    if isinstance(told, Mapping):
        return {name: _rounded(one) for name, one in told.items()}
    return [_rounded(one) for one in told] if isinstance(told, list | tuple) else told
