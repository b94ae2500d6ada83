"""Who was there when, and by which channel they came: what several boards begin with."""

import ibis
import ibis.expr.types as ir

from features.boards.sight import Sight

LARGEST = 30  # channels, or other names, that stand alone
OTHER = "(other)"
MONEY = "decimal(38, 8)"
FEW = (
    f"Beyond the {LARGEST} largest, channels are one: {OTHER}.",
    f"除最大的 {LARGEST} 个渠道外，其余合并为 {OTHER}。",
)


def activity(sight: Sight) -> ir.Table:
    """A row for each event and order: ``user_id``, ``time``, ``date``, ``seen`` (0 for a refund), ``bought`` (1 for an
    order), ``session_id`` (null where there is none) and ``value``, in what the setting value.sum adds up."""
    worth = sight.config.value.sum
    parts = []
    if sight.has("events"):
        rows = sight.past("events")
        value = ibis.literal(1, "int64") if worth == "events" else ibis.null("int64")
        if worth == "events.value" and "value" in rows.columns:
            value = rows.value
        session = rows.session_id if "session_id" in rows.columns else ibis.null("string")
        one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")
        parts.append(_row(rows, one, none, session, value))
    if sight.has("orders"):
        rows = sight.past("orders")
        bought = (~rows.refund).cast("int64")
        value = rows.amount if worth == "orders.amount" else ibis.null("int64")
        parts.append(_row(rows, bought, bought, ibis.null("string"), value))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _row(rows: ir.Table, seen: ir.Value, bought: ir.Value, session: ir.Value, value: ir.Value) -> ir.Table:
    return rows.select(
        "user_id", "time", "date", seen=seen, bought=bought, session_id=session, value=value.fill_null(0).cast(MONEY)
    )


def few(rows: ir.Table, column: str, sizes: ir.Table, most: int = LARGEST) -> ir.Table:
    """The rows with OTHER in place of the names that are not among the largest. sizes: ``column`` and ``size``, a row
    each; of two alike the first by name is larger. Null stays null and is not counted."""
    place = ibis.row_number().over(order_by=[ibis.desc("size"), ibis.asc(column)])
    ranked = sizes.filter(sizes[column].notnull()).mutate(place=place)
    names = ranked.filter(ranked.place < most).select(**{"=name": ranked[column]})
    joined = rows.left_join(names, rows[column] == names["=name"])
    found = ibis.ifelse(joined[column].isnull() | joined["=name"].notnull(), joined[column], OTHER)
    return joined.mutate(**{column: found}).drop("=name")


def channels(sight: Sight) -> ir.Table:
    """``user_id`` and ``channel``, by which the user came: of ``users``, the largest; null where it is not known."""
    if not sight.has("users", "channel"):
        return activity(sight).select("user_id").distinct().mutate(channel=ibis.null("string"))
    users = sight.users("channel")
    sizes = users.group_by("channel").aggregate(size=users.count())
    return few(users, "channel", sizes)


def by_channel(sight: Sight, rows: ir.Table) -> ir.Table:
    """The rows with their user's ``channel``, null where it is not known."""
    if not sight.has("users", "channel"):
        return rows.mutate(channel=ibis.null("string"))
    of = channels(sight).rename({"=user": "user_id"})
    return rows.left_join(of, rows.user_id == of["=user"]).drop("=user")


def mean(total: ir.Value, count: ir.Value) -> ir.Value:
    """A total by a count, null where that is 0."""
    return total.cast("float64") / count.nullif(0)  # type: ignore[union-attr]
