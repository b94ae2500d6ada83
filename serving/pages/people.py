"""Whom a page counts, as its address says: the same filter counts on the cube, lists from the snapshot, and makes the
rules of a campaign."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from features.boards.scored.top import GROUPS, MOST
from serving.batch.snapshot import Snapshot
from serving.boards.read import read

KEYS = {  # of the address → column of the snapshot and the cube
    "stage": "stage",
    "from": "stage_before",
    "band": "risk_band",
    "stay": "stay_tier",
    "tier": "value_tier",
    "level": "level",
}
SCORED = "scored"
ABSENT = "-"  # of the address: where the column is null


@dataclass(frozen=True)
class Filter:
    """Values of KEYS that users must have, any of several; scored: only those who have a churn risk."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scored: bool = False

    @property
    def query(self) -> dict[str, str]:
        """The filter as an address has it."""
        return {key: ",".join(given) for key, given in self.values.items()} | ({SCORED: "1"} if self.scored else {})

    @property
    def rules(self) -> list[str]:
        """The filter as rules of a play or list; what has no value cannot be asked for there and is left out."""
        found = []
        for key, given in self.values.items():
            named = [one for one in given if one != ABSENT]
            texts = ", ".join(f'"{one}"' if "'" in one else f"'{one}'" for one in named)
            if named:
                found.append(f"{KEYS[key]} in ({texts})" if len(named) > 1 else f"{KEYS[key]} == {texts}")
        return found + (["churn_risk >= 0"] if self.scored else [])


def asked(query: Mapping[str, str]) -> Filter:
    """The filter of an address; what it does not know is passed over."""
    given = {key: tuple(filter(None, query.get(key, "").split(","))) for key in KEYS}
    return Filter({key: one for key, one in given.items() if one}, query.get(SCORED) == "1")


def rows_of(cube: pa.Table, whom: Filter) -> pa.Table:
    """The groups of the cube that the filter holds."""
    keep = pc.greater(cube["scored"], 0) if whom.scored else None
    for key, given in whom.values.items():
        column = cube[KEYS[key]]
        named = [one for one in given if one != ABSENT]
        one = pc.fill_null(pc.is_in(column, pa.array(named, pa.string())), False)
        if ABSENT in given:
            one = pc.or_(one, pc.is_null(column))
        keep = one if keep is None else pc.and_(keep, one)
    return cube if keep is None else cube.filter(keep)


def sums(cube: pa.Table, whom: Filter | None = None) -> dict[str, float]:
    """Users and sums of those whom the filter holds, by the cube's own columns."""
    rows = rows_of(cube, whom or Filter())
    names = [name for name in rows.column_names if not pa.types.is_string(rows.schema.field(name).type)]
    found = {name: pc.sum(rows[name]).as_py() or 0 for name in names}
    if whom and whom.scored:
        found["users"] = found["scored"]
    return found


def first(snapshot: Snapshot, whom: Filter, most: int = 20, begin: int = 0) -> list[dict[str, Any]]:
    """Rows of the snapshot for those with the most value at stake, then by id; those not scored come last.

    From the board ``top`` where it has them, without a scan; else by going through the snapshot.
    """
    top = read(snapshot.folder, snapshot.manifest.get("boards", {}), "top")
    if top is not None and (found := _from_top(top, whom)) is not None and begin + most <= len(found):
        ids = found[begin : begin + most]
        rows = snapshot.look_up(ids).to_pylist()
        return sorted(rows, key=lambda row: ids.index(row["user_id"]))
    where, given = ["eligible"] if whom.scored else [], []
    for key, values in whom.values.items():
        named = [one for one in values if one != ABSENT]
        parts = [f"{KEYS[key]} IN ({', '.join('?' * len(named))})"] if named else []
        parts += [f"{KEYS[key]} IS NULL"] if ABSENT in values else []
        where.append(f"({' OR '.join(parts)})")
        given += named
    files = [str(file) for file in snapshot.files]
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        found = con.execute(
            f"SELECT user_id FROM read_parquet(?) {'WHERE ' + ' AND '.join(where) if where else ''} "
            f"ORDER BY value_at_stake DESC NULLS LAST, user_id LIMIT {int(most)} OFFSET {int(begin)}",
            [files, *given],
        ).fetchall()
    ids = [user for (user,) in found]
    places = {user: place for place, user in enumerate(ids)}
    return sorted(snapshot.look_up(ids).to_pylist(), key=lambda row: places[row["user_id"]])


def _from_top(top: pa.Table, whom: Filter) -> list[Any] | None:
    """The users of the list of ``top`` that is of this filter; None where there is none. A list that is full goes on
    beyond it; one that is not is whole, for those scored."""
    single = {key: given[0] for key, given in whom.values.items() if len(given) == 1 and given[0] != ABSENT}
    if len(single) != len(whom.values):
        return None
    columns = {KEYS[key]: value for key, value in single.items()}
    name = next((name for name, keys in GROUPS.items() if set(keys) == set(columns)), None)
    if name is None:
        return None
    keys = GROUPS[name]
    keep = pc.equal(top["by"], name)
    for place, key in zip(("first", "second"), keys, strict=False):
        keep = pc.and_(keep, pc.fill_null(pc.equal(top[place], columns[key]), False))
    found: list[Any] = top.filter(keep)["user_id"].to_pylist()
    return found if len(found) <= MOST else None


def date_of(snapshot: Snapshot) -> datetime:
    """The date that a snapshot is of."""
    return datetime.fromisoformat(snapshot.manifest["as_of"])
