"""Whether messages tire: what became of them by how many the user had been sent shortly before."""

import ibis
import ibis.expr.types as ir

from features.boards.activity import mean
from features.boards.board import board, columns
from features.boards.logs.messages import MOMENTS, NOT_TOLD, told
from features.boards.periods import since
from features.boards.sight import Sight

DAYS, BEFORE = 365, 30
STEPS = (1, 2, 4, 8)  # messages before, from which on a band begins; the first begins at 0
MICROSECONDS = BEFORE * 86_400_000_000


@board(
    "fatigue",
    ("Message fatigue", "触达疲劳"),
    (
        f"Messages of the last {DAYS} days by how many the user had been sent in the {BEFORE} days before: where more "
        "messages are opened less and opted out of more, they tire.",
        f"最近 {DAYS} 天的消息，按用户此前 {BEFORE} 天已收到的消息数分组："
        f"收得越多、打开越少、退订越多，说明用户已疲劳。",
    ),
    key=1,
    given=columns(
        (
            "before",
            "count",
            "Messages before",
            "此前已收",
            f"At least so many in the {BEFORE} days before, and fewer than in the next row.",
            f"此前 {BEFORE} 天至少收到的消息数，且少于下一行。",
        ),
        ("sent", "count", "Sent", "发送数", "Messages sent then.", "此时发送的消息数。"),
        ("opened", "count", "Opened", "打开数", "Messages that were opened.", "被打开的消息数。", *NOT_TOLD),
        ("clicked", "count", "Clicked", "点击数", "Messages with a click.", "被点击的消息数。", *NOT_TOLD),
        (
            "opted_out",
            "count",
            "Opted out",
            "退订数",
            "Messages that the user opted out by.",
            "导致退订的消息数。",
            *NOT_TOLD,
        ),
        ("open_rate", "share", "Open rate", "打开率", "Opened divided by sent.", "打开数 ÷ 发送数。", *NOT_TOLD),
        (
            "opt_out_rate",
            "share",
            "Opt-out rate",
            "退订率",
            "Opted out divided by sent.",
            "退订数 ÷ 发送数。",
            *NOT_TOLD,
        ),
    ),
    needs=("messages",),
)
def fatigue(sight: Sight) -> ir.Table:
    """A message had at least n before it where the n-th before was sent within the days before: one look back for each
    band in one window, and no join of messages with messages."""
    rows = sight.past("messages")
    begin = ibis.literal(since(sight, DAYS), "timestamp(6)")
    rows = rows.filter(rows.time >= begin - ibis.interval(days=BEFORE))
    rows = rows.mutate(at=rows.time.delta(ibis.literal("1970-01-01", "timestamp(6)"), unit="microsecond"))
    # Of messages of one moment the order is that of what is told of them, so that it is the same everywhere.
    alike = [one for one in ("channel", "campaign_id", *MOMENTS.values()) if one in rows.columns]
    order = ["at", *(ibis.asc(one, nulls_first=True) for one in alike)]
    back = {f"back_{step}": rows["at"].lag(step).over(group_by="user_id", order_by=order) for step in STEPS}
    rows = rows.mutate(**back).filter(rows.time >= begin)
    before = ibis.literal(0, "int64")
    for step in STEPS:
        near = (rows["at"] - rows[f"back_{step}"] <= MICROSECONDS).fill_null(False)
        before = ibis.ifelse(near, ibis.literal(step, "int64"), before)
    rows = rows.mutate(before=before)
    counts = {name: value for name, value in told(rows).items() if name != "delivered"}
    found = rows.group_by("before").aggregate(sent=rows.count(), **counts)
    return found.mutate(open_rate=mean(found.opened, found.sent), opt_out_rate=mean(found.opted_out, found.sent))
