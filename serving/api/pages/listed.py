"""How many users a filter holds, who they are, and their rows one after the other: from boards where they have it,
else by going through the snapshot."""

from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.boards.scored.top import GROUPS, MOST
from serving.api.pages.people import ABSENT, KEYS, Filter, mask, sums
from serving.api.pages.scans import scanning
from serving.batch.snapshot import Snapshot, open_snapshot
from serving.boards.read import read

SHOWN = ("user_id", "stage", "churn_risk", "risk_band", "expected_value", "stay_tier", "value_at_stake", "reasons")
ELIGIBLE, TAGS = "eligible", "tags"  # of the snapshot
ROWS = 10_000  # of a batch


def counted(snapshot: Snapshot, whom: Filter) -> dict[str, Any] | None:
    """``users``, ``contactable`` and ``value_at_stake`` of those whom the filter holds; contactable is None where no
    board tells it. None where the snapshot has no cube."""
    boards = snapshot.manifest.get("boards", {})
    cube = read(snapshot.folder, boards, "cube")
    if cube is None or not whom.tag:
        return None if cube is None else sums(cube, whom)
    tags = read(snapshot.folder, boards, "tags")
    if tags is None or whom.values or whom.scored:
        return dict(_scanned(snapshot.folder, (tuple(whom.values.items()), whom.scored, whom.tag)))
    rows = tags.filter(pc.equal(tags["tag"], whom.tag)).to_pylist()
    return rows[0] if rows else {"users": 0, "contactable": 0, "value_at_stake": 0.0}


@lru_cache(maxsize=64)
def _scanned(folder: Path, whom: tuple[Any, ...]) -> dict[str, Any]:
    """A snapshot never changes, so it is gone through once a filter."""
    values, scored, tag = whom
    where, given = _where(snapshot := open_snapshot(folder), Filter(dict(values), scored, tag))
    ((users, at_stake),) = _query(snapshot, f"SELECT count(*), sum(value_at_stake) FROM read_parquet(?) {where}", given)
    return {"users": users, "contactable": None, "value_at_stake": at_stake or 0.0}


def first(snapshot: Snapshot, whom: Filter, most: int = 20, begin: int = 0) -> list[dict[str, Any]]:
    """``shown`` of those with the most value at stake, then by id; those not scored come last.

    From the board ``top`` where it has them, without a scan; else by going through the snapshot.
    """
    boards = snapshot.manifest.get("boards", {})
    top, cube = (read(snapshot.folder, boards, name) for name in ("top", "cube"))
    ids = _from_top(top, whom) if top is not None else None
    if ids is None or (begin + most > len(ids) and (cube is None or sums(cube, whom)["users"] > len(ids))):
        where, given = _where(snapshot, whom)
        sql = f"SELECT user_id FROM read_parquet(?) {where} ORDER BY value_at_stake DESC NULLS LAST, user_id"
        ids = [user for (user,) in _query(snapshot, f"{sql} LIMIT {int(most)} OFFSET {int(begin)}", given)]
    else:
        ids = ids[begin : begin + most]
    return shown(snapshot, ids)


def shown(snapshot: Snapshot, ids: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows of these users, in their order, with what a table of users shows: the columns SHOWN."""
    return snapshot.look_up(ids, SHOWN).to_pylist()


def _from_top(top: pa.Table, whom: Filter) -> Sequence[Any] | None:
    """The users of the list of ``top`` that is of this filter; None where there is none. A list that is full goes on
    beyond it; one that is not is whole, for those scored."""
    single = {key: given[0] for key, given in whom.values.items() if len(given) == 1 and given[0] != ABSENT}
    if len(single) != len(whom.values) or whom.tag:
        return None
    columns = {KEYS[key]: value for key, value in single.items()}
    name = next((name for name, keys in GROUPS.items() if set(keys) == set(columns)), None)
    if name is None:
        return None
    keep = pc.equal(top["by"], name)
    for place, key in zip(("first", "second"), GROUPS[name], strict=False):
        keep = pc.and_(keep, pc.fill_null(pc.equal(top[place], columns[key]), False))
    found: list[Any] = top.filter(keep)["user_id"].to_pylist()
    return found if len(found) <= MOST else None


def batches(snapshot: Snapshot, whom: Filter, columns: Sequence[str]) -> Iterator[pa.Table]:
    """These columns of all whom the filter holds, part by part and within a part by id, in bounded memory. Raises
    BadInput where a part is damaged."""
    if whom.tag and TAGS not in snapshot.schema.names:
        return
    needed = [*columns, *(KEYS[key] for key in whom.values), *[ELIGIBLE] * whom.scored, *[TAGS] * bool(whom.tag)]
    there = [name for name in dict.fromkeys(needed) if name in snapshot.schema.names]
    for batch in snapshot.iterate(there, ROWS):
        masks = [mask(batch, whom), batch[ELIGIBLE] if whom.scored else None]
        masks += [_has(batch[TAGS], whom.tag)] if whom.tag else []
        known = [one for one in masks if one is not None]
        rows = pa.Table.from_batches([batch])
        rows = rows.filter(reduce(pc.and_, known)) if known else rows
        if len(rows):
            yield rows.select([name for name in columns if name in there])


def _has(tags: pa.Array, tag: str) -> pa.Array:
    """Which rows have the tag among theirs."""
    found = np.zeros(len(tags), bool)
    flat = pc.fill_null(pc.equal(pc.list_flatten(tags), tag), False)
    found[np.asarray(pc.list_parent_indices(tags).filter(flat))] = True
    return pa.array(found)


def _where(snapshot: Snapshot, whom: Filter) -> tuple[str, list[str]]:
    """The filter in SQL, "" for everybody, and the values it asks for."""
    where, given = [ELIGIBLE] if whom.scored else [], []
    for key, values in whom.values.items():
        named = [one for one in values if one != ABSENT]
        parts = [f"{KEYS[key]} IN ({', '.join('?' * len(named))})"] if named else []
        parts += [f"{KEYS[key]} IS NULL"] if ABSENT in values else []
        where.append(f"({' OR '.join(parts)})")
        given += named
    if whom.tag:
        where.append(f"list_contains({TAGS}, ?)" if TAGS in snapshot.schema.names else "false")
        given += [whom.tag] * (TAGS in snapshot.schema.names)
    return f"WHERE {' AND '.join(where)}" if where else "", given


def _query(snapshot: Snapshot, sql: str, given: Sequence[str]) -> list[tuple[Any, ...]]:
    files = [str(file) for file in snapshot.files]
    with scanning() as con:
        return con.execute(sql, [files, *given]).fetchall()
