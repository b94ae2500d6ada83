"""Rows of users whom a campaign treated: what became of them is what they and the campaign made of it.

A user-cutoff is treated where an assignment to treatment, or a message of one of Holdfast's own runs, has an outcome
window that overlaps the row's label window: the window of the same length that begins with the assignment. Assignments
are those of the table ``assignments``, and those that ``holdfast campaign read-back`` wrote into the store.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.engine.duckdb_session import compile, read
from features.user_base import UserBase
from training.rows.labels import DAY, ahead, window
from training.rows.spine import Rows

TREATED = "treated_by_campaign"  # the feature, where it is one: 1 in rows of treated users
ASSIGNED = ("campaigns", "assignments.parquet")  # in the store
OWN = r"\d{4}-\d{2}-\d{2}-[0-9a-f]{10}/.+"  # campaign ids of Holdfast's own runs


def treated(base: UserBase, rows: Rows) -> np.ndarray:
    """Whether each row is of a treated user, shape (rows,)."""
    found = np.zeros(len(rows), bool)
    contacts = _contacts(base, rows)
    if not contacts or not len(rows):
        return found
    length = window(base.config) / DAY
    begins = [ahead(base.config, at, base.config.churn.gap_days) for at in rows.cutoffs]
    spans = [(ahead(base.config, at, -length), ahead(base.config, at, length)) for at in begins]

    def times(ends: list[datetime]) -> pa.Array:
        return pa.array(ends, pa.timestamp("us")).take(pa.array(rows.cutoff))

    con = base.con.con
    about = {"at": pa.array(range(len(rows))), "user_id": rows.user_id.combine_chunks()}
    con.register(
        "asked_rows", pa.table({**about, "begin": times([a for a, _ in spans]), "stop": times([b for _, b in spans])})
    )
    hit = read(
        base.con,
        "SELECT DISTINCT r.at FROM asked_rows AS r JOIN "
        f"({' UNION ALL '.join(contacts)}) AS c ON c.user_id = r.user_id AND c.time > r.begin AND c.time < r.stop",
    )
    con.unregister("asked_rows")
    found[hit["at"].to_numpy()] = True
    return found


def apart(base: UserBase, rows: Rows) -> Rows:
    """The rows as ``train.treated`` wants them: as they are, without those of treated users, or with TREATED as a
    feature. ``Rows.treated`` says which share there was."""
    mask = treated(base, rows)
    if not mask.any():
        return rows
    told = replace(rows, treated=float(mask.mean()))
    if base.config.train.treated == "drop":
        return told.where(~mask)
    if base.config.train.treated == "feature":
        return replace(told, features={**rows.features, TREATED: mask.astype(float)})
    return told


def scored(names: Sequence[str]) -> tuple[str, ...]:
    """Of the features that were learned from those that users are scored by; TREATED is the last one, if it is one."""
    return tuple(name for name in names if name != TREATED)


def _contacts(base: UserBase, rows: Rows) -> list[str]:
    """Queries of ``user_id`` and ``time`` of treatments, from wherever they are told."""
    found, con = [], base.con
    if base.tables.assignments is not None:
        found.append(f"SELECT user_id, time FROM ({compile(con, base.tables.assignments)}) WHERE arm = 'treatment'")
    file = base.config.store_path.joinpath(*ASSIGNED)
    if file.exists() and pq.read_schema(file).field("user_id").type == rows.user_id.type:
        name = str(file).replace("'", "''")
        found.append(f"SELECT user_id, time FROM read_parquet('{name}') WHERE arm = 'treatment'")
    messages = base.tables.get("messages")
    if messages is not None and "campaign_id" in messages.columns:
        found.append(
            f"SELECT user_id, time FROM ({compile(con, messages)}) WHERE regexp_full_match(campaign_id, '{OWN}')"
        )
    return found
