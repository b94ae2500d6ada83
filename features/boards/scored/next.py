"""Expected flow: where users will be one horizon on, by how those like them moved in the last one."""

from collections import defaultdict
from datetime import datetime
from functools import reduce

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.boards.board import board, columns
from features.boards.scored.flow_table import WIDE, Moves, expected, spread
from features.boards.sight import SCORED, Sight
from features.wall_clock import days_between

NEAR = 0.25  # of a horizon that two snapshots may lie nearer to or farther from each other
CURE = "score that day with 'holdfast score --as-of DATE', then today again"


def wants(sight: Sight) -> str | None:
    if _before(sight, sight.at) is None:
        return f"needs a snapshot of about {sight.config.horizon:g} days ago; {CURE}"
    return None


def _before(sight: Sight, at: datetime) -> datetime | None:
    """The date of the snapshot that lies nearest to one horizon before; None where none is near enough."""
    horizon, zone = sight.config.horizon, sight.config.project.timezone
    off = {one: abs(days_between(one, at, zone) - horizon) for one in sight.history if one < at}
    best = min(off, key=off.__getitem__, default=None)
    return best if best is not None and off[best] <= NEAR * horizon else None


def decile(rows: ir.Table) -> ir.Value:
    """0 to 9, by the percentile against the last training cutoff; null where not scored."""
    return ibis.least((rows.risk_percentile / 10).floor().cast("int64"), ibis.literal(9, "int64"))


def _cells(rows: ir.Table, what: str) -> ir.Table:
    rows = rows.select(stage=rows.stage, decile=decile(rows))
    counts = rows.group_by("stage", "decile").aggregate(users=rows.count())
    return counts.select("stage", "decile", "users", following=ibis.null("string"), what=ibis.literal(what))


def _moved(begin: ir.Table, end: ir.Table, what: str) -> ir.Table:
    then = begin.select("user_id", stage=begin.stage, decile=decile(begin))
    rows = then.join(end.select("user_id", following=end.stage), "user_id")
    counts = rows.group_by("stage", "decile", "following").aggregate(users=rows.count())
    return counts.select("stage", "decile", "users", "following", what=ibis.literal(what))


def shaped(found: pa.Table, sight: Sight) -> pa.Table:
    """Sum over deciles: what is expected, what came in the last horizon, and what had been expected of it."""
    moves: dict[str, Moves] = defaultdict(Moves)
    now: dict[tuple[str, int | None], int] = {}
    then: dict[tuple[str, int | None], int] = defaultdict(int)
    came: dict[tuple[str, str], int] = defaultdict(int)
    order = ("what", "stage", "decile", "following")  # so that sums are the same whatever order the rows come in
    for one in found.sort_by([(name, "ascending") for name in order]).to_pylist():
        if one["what"] == "now":
            now[one["stage"], one["decile"]] = one["users"]
            continue
        moves[one["what"]].add(one["stage"], one["decile"], one["following"], one["users"])
        if one["what"] == "last":
            then[one["stage"], one["decile"]] += one["users"]
            came[one["stage"], one["following"]] += one["users"]
    ahead = expected(moves["last"], now)
    known = "before" in moves
    earlier = expected(moves["before"], then) if known else {}
    wide = WIDE * spread(earlier, came)
    rows = []
    for pair in {*ahead, *came, *earlier}:
        mean, error = ahead.get(pair, (0.0, 0.0))
        rows.append(
            {
                "stage": pair[0],
                "stage_next": pair[1],
                "users": mean,
                "low": max(0.0, mean - wide * error),
                "high": mean + wide * error,
                "came": came[pair],
                "expected_then": earlier.get(pair, (0.0, 0.0))[0] if known else None,
            }
        )
    return pa.Table.from_pylist(rows, next_stages.schema())


@board(
    "next",
    ("Expected flow", "预计流转"),
    (
        "Where users are expected to be one churn horizon from now, by how users of the same stage and risk moved in "
        "the last one; beside it what came in the last one, and what had been expected of it.",
        "一个流失周期后用户预计所处的阶段，依据上一周期内相同阶段与风险的用户的流转推算；并列上一周期的实际流转及当时的预计。",
    ),
    key=2,
    given=columns(
        ("stage", "text", "Stage", "阶段", "Stage at the beginning.", "起始阶段。"),
        ("stage_next", "text", "Next stage", "下期阶段", "Stage one churn horizon later.", "一个流失周期后的阶段。"),
        (
            "users",
            "number",
            "Expected",
            "预计用户",
            "Users expected to go this way from now on.",
            "从现在起预计这样流转的用户数。",
        ),
        (
            "low",
            "number",
            "At least",
            "预计下限",
            "Low end of the 95 % range, wider where the last forecast was off by more than chance.",
            "随机波动的 95 % 区间下限；若已知上次预计的偏差更大，则按其放宽。",
        ),
        ("high", "number", "At most", "预计上限", "High end of the same.", "同上，上限。"),
        (
            "came",
            "count",
            "Came in the last",
            "上期实际",
            "Users who went this way in the last horizon.",
            "上一周期内实际这样流转的用户数。",
        ),
        (
            "expected_then",
            "number",
            "Expected of the last",
            "上期预计",
            "What would have been expected of it before.",
            "当时对上一周期的预计。",
            "no snapshot two horizons ago",
            "没有两个周期前的快照",
        ),
    ),
    scored=True,
    after=shaped,
    wants=wants,
)
def next_stages(sight: Sight) -> ir.Table:
    """Counts by stage, decile and following stage; users who came in the meantime belong to no flow."""
    earlier = sight.earlier()
    now = sight.tables[SCORED]
    begin = _before(sight, sight.at)
    assert begin is not None  # by ``wants``
    found = [_cells(now, "now"), _moved(earlier[begin], now, "last")]
    if (first := _before(sight, begin)) is not None:
        found.append(_moved(earlier[first], earlier[begin], "before"))
    return reduce(lambda a, b: a.union(b), found)
