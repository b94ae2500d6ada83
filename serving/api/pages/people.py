"""Whom a page counts, as its address says: the same filter counts on boards, lists from the snapshot, and makes the
rules of a campaign."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from serving.batch.snapshot import Snapshot

KEYS = {  # of the address → column of the snapshot and the cube
    "stage": "stage",
    "from": "stage_before",
    "band": "risk_band",
    "stay": "stay_tier",
    "tier": "value_tier",
    "level": "level",
}
SCORED, TAG = "scored", "tag"
COMMA = re.compile(r"((?:[^,\\]|\\.)*)(?:,|$)", re.DOTALL)  # a value up to the comma that ends it
ABSENT = "-"  # of the address: where the column is null


@dataclass(frozen=True)
class Filter:
    """Values of KEYS that users must have, any of several; scored: only those who have a churn risk; tag: only those
    who have it, "" for all."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scored: bool = False
    tag: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filter as an address has it; commas within a value stand behind a backslash."""
        found = {key: ",".join(re.sub(r"([,\\])", r"\\\1", one) for one in given) for key, given in self.values.items()}
        return found | ({SCORED: "1"} if self.scored else {}) | ({TAG: self.tag} if self.tag else {})

    @property
    def rules(self) -> list[str]:
        """The filter as rules of a play or list; what has no value cannot be asked for there and is left out."""
        found = []
        for key, given in self.values.items():
            named = [one for one in given if one != ABSENT]
            texts = ", ".join(f'"{one}"' if "'" in one else f"'{one}'" for one in named)
            if named:
                found.append(f"{KEYS[key]} in ({texts})" if len(named) > 1 else f"{KEYS[key]} == {texts}")
        found += ["churn_risk >= 0"] if self.scored else []
        return found + ([f"tag:{self.tag} == true"] if self.tag else [])


def asked(query: Mapping[str, str]) -> Filter:
    """The filter of an address; what it does not know is passed over."""
    given = {key: tuple(filter(None, _split(query.get(key, "")))) for key in KEYS}
    return Filter({key: one for key, one in given.items() if one}, query.get(SCORED) == "1", query.get(TAG, ""))


def _split(text: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL) for one in COMMA.findall(text)]


def mask(rows: pa.Table | pa.RecordBatch, whom: Filter) -> pa.Array | pa.ChunkedArray | None:
    """Which rows, groups of the cube or users of the snapshot, the filter's values hold; None: all. It does not look
    at ``scored`` and ``tag``."""
    keep = None
    for key, given in whom.values.items():
        column = rows[KEYS[key]]
        named = [one for one in given if one != ABSENT]
        one = pc.fill_null(pc.is_in(column, pa.array(named, pa.string())), False)
        if ABSENT in given:
            one = pc.or_(one, pc.is_null(column))
        keep = one if keep is None else pc.and_(keep, one)
    return keep


def rows_of(cube: pa.Table, whom: Filter) -> pa.Table:
    """The groups of the cube that the filter holds. Raises ValueError for a tag, which the cube does not know."""
    if whom.tag:
        raise ValueError("the cube does not know tags; serving.api.pages.listed counts them")
    keep, scored = mask(cube, whom), pc.greater(cube["scored"], 0) if whom.scored else None
    both = [one for one in (keep, scored) if one is not None]
    return cube.filter(pc.and_(*both) if len(both) > 1 else both[0]) if both else cube


class _Same:
    """A table, equal to itself alone, so that what was worked out of it can be kept; boards never change."""

    def __init__(self, table: pa.Table):
        self.table = table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table


def sums(cube: pa.Table, whom: Filter | None = None) -> dict[str, float]:
    """Users and sums of those whom the filter holds, by the cube's own columns."""
    whom = whom or Filter()
    return dict(_sums(_Same(cube), tuple(whom.values.items()), whom.scored, whom.tag))


@lru_cache(maxsize=4096)
def _sums(cube: _Same, values: tuple[tuple[str, tuple[str, ...]], ...], scored: bool, tag: str) -> dict[str, float]:
    rows = rows_of(cube.table, Filter(dict(values), scored, tag))
    names = [name for name in rows.column_names if not pa.types.is_string(rows.schema.field(name).type)]
    found = {name: pc.sum(rows[name]).as_py() or 0 for name in names}
    if scored:
        found["users"] = found["scored"]
    return found


def grouped(cube: pa.Table, *by: str) -> dict[tuple[Any, ...], dict[str, float]]:
    """Users and value at stake of each group of the cube by these columns. It is kept: do not change it."""
    return _grouped(_Same(cube), by)


@lru_cache(maxsize=256)
def _grouped(cube: _Same, by: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, float]]:
    names = ("users", "value_at_stake")
    rows = cube.table.group_by(list(by), use_threads=False).aggregate([(name, "sum") for name in names]).to_pylist()
    return {tuple(row[one] for one in by): {name: row[f"{name}_sum"] or 0 for name in names} for row in rows}


def date_of(snapshot: Snapshot) -> datetime:
    """The date that a snapshot is of."""
    return datetime.fromisoformat(snapshot.manifest["as_of"])
