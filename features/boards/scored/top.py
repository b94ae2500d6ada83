"""The users most worth keeping, of every stage, cell and move: what lists on pages show without a scan."""

import ibis
import ibis.expr.types as ir

from features.boards.board import board, columns
from features.boards.sight import Sight

MOST = 100
GROUPS = {"all": (), "stage": ("stage",), "cell": ("risk_band", "stay_tier"), "move": ("stage_before", "stage")}
NONE = ("the list is of everybody", "名单包含所有用户")


@board(
    "top",
    ("Most worth keeping", "最值得挽留"),
    (
        f"The {MOST} scored users with the most value at stake: of all, of every stage, risk × value cell and move.",
        f"待挽留价值最高的 {MOST} 位已评分用户：全部、各阶段、各风险 × 价值格、各阶段变化。",
    ),
    key=4,
    given=columns(
        ("by", "text", "List", "名单", "all, stage, cell or move.", "all、stage、cell 或 move。"),
        (
            "first",
            "text",
            "Of",
            "所属",
            "The stage, the risk band, or the stage before.",
            "阶段、风险档或上期阶段。",
            *NONE,
        ),
        (
            "second",
            "text",
            "And",
            "以及",
            "The worth if they stay, or the stage now.",
            "留下后的价值层或当前阶段。",
            *NONE,
        ),
        (
            "place",
            "count",
            "Place",
            "名次",
            "Place in its list, 1 the most value at stake.",
            "在名单中的名次，1 为待挽留价值最高。",
        ),
        ("user_id", "id", "User", "用户", "The user's id.", "用户编号。"),
        (
            "value_at_stake",
            "money",
            "Value at stake",
            "待挽留价值",
            "Risk times value if the user stays.",
            "风险 × 若留下的价值。",
        ),
    ),
    scored=True,
    people=True,
)
def top(sight: Sight) -> ir.Table:
    """One window a list, for that of all over the few that are on it; the numbers of who is on a list are read from the
    snapshot when they are shown."""
    rows = sight.scored.filter(lambda row: row.value_at_stake.notnull())
    lists = []
    for name, keys in GROUPS.items():
        order = [ibis.desc("value_at_stake"), ibis.asc("user_id")]
        known = rows.filter(*(rows[key].notnull() for key in keys)) if keys else rows.order_by(order).limit(MOST)
        place = ibis.row_number().over(group_by=list(keys) or None, order_by=order)
        first, second = ((*keys, None, None)[:2]) if keys else (None, None)
        found = known.mutate(place=place + 1).filter(lambda row: row.place <= MOST)
        lists.append(
            found.select(
                by=ibis.literal(name),
                first=found[first] if first else ibis.null("string"),
                second=found[second] if second else ibis.null("string"),
                place=found.place,
                user_id=found.user_id,
                value_at_stake=found.value_at_stake,
            )
        )
    return ibis.union(*lists)
