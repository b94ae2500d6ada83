"""Who was there when, and by which channel they came: what several boards begin with."""

import ibis
import ibis.expr.types as ir

from features.boards.kept import kept
from features.boards.sight import Sight

LARGEST = 30  # channels, or other names, that stand alone
OTHER = "(other)"
MONEY = "decimal(38, 8)"
FEW = (
    f"Beyond the {LARGEST} largest, channels are one: {OTHER}.",
    f"除最大的 {LARGEST} 个渠道外，其余合并为 {OTHER}。",
)


@kept("user_days")
def user_days(sight: Sight) -> ir.Table:
    """A row for each user and day with an event, order or refund: ``user_id``, ``date``, ``events``, ``sessions`` of
    events, ``orders``, refunds aside, and ``value``, in what the setting value.sum adds up, refunds taken off."""
    parts, none, worth = [], ibis.literal(0, "int32"), sight.config.value.sum
    kind = sight.tables["orders"].amount.type() if sight.has("orders", "amount") and worth == "orders.amount" else MONEY
    if sight.has("events"):
        rows = sight.past("events")
        # By session first: a count of distinct sessions for each user and day would keep a set for each.
        session = ["session_id"] if "session_id" in rows.columns else []
        sums = {"events": rows.count()}
        if worth == "events.value" and "value" in rows.columns:
            sums["value"] = rows.value.fill_null(0).cast(MONEY).sum()
        some = rows.group_by("user_id", "date", *session).aggregate(**sums)
        value = some.value if "value" in sums else (some.events if worth == "events" else none)
        told = {"events": some.events.cast("int32"), "orders": none, "value": value.cast(kind)}
        told["sessions"] = some.session_id.notnull().cast("int32") if session else none
        parts.append(some.select("user_id", "date", **told))
    if sight.has("orders"):
        rows = sight.past("orders")
        value = rows.amount.fill_null(0) if worth == "orders.amount" else none
        told = {"events": none, "orders": (~rows.refund).cast("int32"), "value": value.cast(kind), "sessions": none}
        parts.append(rows.select("user_id", "date", **told))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    sums = {name: rows[name].sum() for name in ("events", "sessions", "orders")}
    return rows.group_by("user_id", "date").aggregate(**sums, value=rows.value.sum().cast(MONEY))


def seen(days: ir.Table) -> ir.BooleanValue:
    """Whether the user was there on the day: a refund is no visit."""
    return (days.events > 0) | (days.orders > 0)


@kept("visitors")
def visitors(sight: Sight) -> ir.Table:
    """Of every user in ``user_days``: ``user_id``, ``channel``, ``first``, the day of their first event or order,
    ``first_order``, that of their first order, null where there is none, and all their ``value``."""
    days = user_days(sight)
    first = ibis.ifelse(seen(days), days.date, None).min()
    first_order = ibis.ifelse(days.orders > 0, days.date, None).min()
    found = days.group_by("user_id").aggregate(first=first, first_order=first_order, value=days.value.sum())
    return by_channel(sight, found)


def few(rows: ir.Table, column: str, sizes: ir.Table, most: int = LARGEST) -> ir.Table:
    """The rows with OTHER in place of the names that are not among the largest. sizes: ``column`` and ``size``, a row
    each; of two alike the first by name is larger. Null stays null and is not counted."""
    place = ibis.row_number().over(order_by=[ibis.desc("size"), ibis.asc(column)])
    ranked = sizes.filter(sizes[column].notnull()).mutate(place=place)
    names = ranked.filter(ranked.place < most).select(**{"=name": ranked[column]})
    joined = rows.left_join(names, rows[column] == names["=name"])
    found = ibis.ifelse(joined[column].isnull() | joined["=name"].notnull(), joined[column], OTHER)
    return joined.mutate(**{column: found}).drop("=name")


@kept("user_channels", needs=("users",))
def channels(sight: Sight) -> ir.Table:
    """``user_id`` and ``channel`` of users, by which they came: the largest; null where it is not known."""
    if not sight.has("users", "channel"):
        return sight.users().mutate(channel=ibis.null("string"))
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
