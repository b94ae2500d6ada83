"""Takes users out of the cube's sums: a group of one would tell of that one what the rows no longer do."""

from typing import Any

import pyarrow as pa

from features.boards.scored.cube import BY, SUMS

MILLION = 1e6  # sums are whole millionths, as the cube makes them


def less(cube: pa.Table, rows: pa.Table) -> pa.Table:
    """The cube without these rows of its snapshot; a group that nobody is left in goes. Of who may be written to the
    snapshot does not tell: never more than are left."""
    groups = {tuple(row[name] for name in BY): row for row in cube.to_pylist()}
    for row in rows.to_pylist():
        group = groups.get(tuple(row.get(name) for name in BY))
        if group is not None:
            _take(group, row)
    left = [group for group in groups.values() if group["users"] > 0]
    return pa.Table.from_pylist(left, cube.schema)


def _take(group: dict[str, Any], row: dict[str, Any]) -> None:
    group["users"] -= 1
    group["scored"] -= int(bool(row.get("eligible")))
    group["contactable"] = min(group["contactable"], group["users"])
    for name in SUMS:
        group[name] = (round(group[name] * MILLION) - round((row.get(name) or 0.0) * MILLION)) / MILLION
