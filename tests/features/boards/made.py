"""Makes one board of literal tables, for tests of boards that look at more than ``board_of`` gives."""

from collections import defaultdict
from datetime import datetime, timedelta

import pyarrow as pa

from features.boards import BOARDS
from features.boards.sight import MEASURE, SCORED, Sight

ROW = {
    "user_id": pa.string(),
    "stage": pa.string(),
    "stage_before": pa.string(),
    "eligible": pa.bool_(),
    "churn_risk": pa.float64(),
    "risk_percentile": pa.float64(),
    "value_at_stake": pa.float64(),
    "expected_value": pa.float64(),
    "lifetime_value": pa.float64(),
    "level": pa.string(),
}


def snapshot(con, name, rows):
    """Rows of a snapshot from dictionaries; what is not given is null, users are eligible."""
    full = [{"eligible": True} | row for row in rows]
    table = pa.table({key: pa.array([row.get(key) for row in full], kind) for key, kind in ROW.items()})
    return con.create_table(name, table, temp=True, overwrite=True)


def sight(con, config, at, tables=None, scored=None, earlier=None, measure=None):
    """What a board sees. earlier: days before the date → rows of that snapshot; the last is ``before``."""
    tables, history = dict(tables or {}), {}
    if scored is not None:
        tables[SCORED] = snapshot(con, "snapshot_now", scored)
    for ago in sorted(earlier or {}, reverse=True):
        history[at - timedelta(days=ago)] = f"snapshot_{ago}"
        tables[f"snapshot_{ago}"] = snapshot(con, f"snapshot_{ago}", earlier[ago])
    if measure:
        users, values = zip(*measure.items(), strict=True)
        found = pa.table({"user_id": pa.array(users), "measure": pa.array(values, pa.float64())})
        tables[MEASURE] = con.create_table("measured", found, temp=True, overwrite=True)
    return Sight(config, at, tables, max(history, default=None), history)


def made(con, seen, name):
    """The rows of a board as dictionaries."""
    board = BOARDS[name]
    assert board.lacks(seen) is None
    return board.rows(con.to_pyarrow(board.build(seen)), seen).to_pylist()


def chosen(rows, *names):
    """Only some columns of the rows, as tuples."""
    return [tuple(row[name] for name in names) for row in rows]


def first_times(events, kinds):
    """By user the time of each step taken in order: a walk through the sorted events, one by one."""
    of = defaultdict(list)
    for user, time, kind in sorted(events):
        of[user].append((time, kind))
    found: dict[str, list[datetime]] = {}
    for user, rows in of.items():
        times: list[datetime] = []
        for kind in kinds:
            after = [time for time, one in rows if one == kind and (not times or time >= times[-1])]
            if not after:
                break
            times.append(min(after))
        if times:
            found[user] = times
    return found
