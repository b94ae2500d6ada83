"""The only way to the tables: rows before the cutoff, without any timestamp that could reveal what came after."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

DAY_MICROSECONDS = 86_400_000_000


def past(
    tables: Mapping[str, ir.Table],
    moment: ir.Table,
    activity: Sequence[str],
    asked: ir.Table | None = None,
    post: str | None = None,
) -> dict[str, ir.Table]:
    """Every table as it stood at the cutoff.

    moment: one row, with the cutoff as a UTC instant in ``cutoff`` (a table instead of a literal, so that compiled SQL
    works for any cutoff). activity: the tables, or ``events:<kind>``, whose rows count as activity. asked: the users to
    keep; default all. post: the kind of event that is a post.

    Rows have ``time < cutoff`` and, if there is one, ``known_at < cutoff``. ``time`` becomes ``days_ago``, fractional
    days before it (> 0); other timestamps ``…_at`` become ``…_days_ago``, null where at or after the cutoff. Dates
    become ``…_in_days``: whole days until the next anniversary, 0 on the day. ``day`` is ``ceil(days_ago)``: 1 for the
    last 24 hours. ``users`` has one row per user, the last. Derived tables, where their columns are there:

    ``activity``  user_id, days_ago, day of the rows that count as activity
    ``posts``     the same of events that are posts
    ``channels``  user_id, orders: one row per channel that the user ordered through
    ``unopened``  user_id: one row per message sent after the last opening of one
    """
    views = {name: _view(table, moment, asked) for name, table in tables.items()}
    views["activity"] = activity_rows(views, activity, ("user_id", "days_ago", "day"))
    if "users" in views:
        views["users"] = _last_row(views["users"])
    if post and "events" in views and "event" in views["events"].columns:
        views["posts"] = activity_rows(views, [f"events:{post}"], ("user_id", "days_ago", "day"))
    if "orders" in views and "channel" in views["orders"].columns:
        orders = views["orders"].filter(lambda row: ~row.refund & row.channel.notnull())
        views["channels"] = orders.group_by("user_id", "channel").aggregate(orders=orders.count()).drop("channel")
    if "messages" in views and "opened_days_ago" in views["messages"].columns:
        views["unopened"] = _unopened(views["messages"])
    return views


def activity_rows(tables: Mapping[str, ir.Table], activity: Sequence[str], columns: Sequence[str]) -> ir.Table:
    """The rows that count as activity: of whole tables or of one kind of event, and never refunds."""
    rows = []
    for entry in activity:
        name, _, kind = entry.partition(":")
        table = tables[name]
        if kind:
            table = table.filter(table.event == kind)
        if name == "orders":
            table = table.filter(~table.refund)
        rows.append(table.select(*columns))
    return ibis.union(*rows) if len(rows) > 1 else rows[0]


def _view(table: ir.Table, moment: ir.Table, asked: ir.Table | None) -> ir.Table:
    view = table.cross_join(moment.select("cutoff"))
    instants = [name for name, dtype in table.schema().items() if dtype.is_timestamp()]
    if "time" in instants:
        view = view.filter(view.time.isnull() | (view.time < view.cutoff))
    if "known_at" in instants:
        view = view.filter(view.known_at.isnull() | (view.known_at < view.cutoff))
    ago = {name: _days(view[name], view.cutoff) for name in instants if name != "known_at"}
    if "time" in ago:
        days_ago = ago.pop("time")
        view = view.mutate(days_ago=days_ago, day=days_ago.ceil().cast("int64"))
    view = view.mutate(
        **{_ago_name(name): ibis.ifelse(view[name] < view.cutoff, value, None) for name, value in ago.items()}
    )
    dates = {name: dtype for name, dtype in view.schema().items() if dtype.is_date()}
    view = view.mutate(**{f"{name}_in_days": _until(view[name], view.cutoff) for name in dates})
    view = view.drop("cutoff", *instants, *dates)
    return view if asked is None else view.semi_join(asked, "user_id")


def _last_row(users: ir.Table) -> ir.Table:
    """One row per user: the one valid from the latest time, or the greatest of several with that time."""
    others = [name for name in users.columns if name not in ("user_id", "days_ago", "day")]
    order = [ibis.asc(users.days_ago, nulls_first=False)] if "days_ago" in users.columns else []
    order += [ibis.desc(users[name], nulls_first=False) for name in others]
    if not order:
        return users.distinct()
    place = ibis.row_number().over(group_by="user_id", order_by=order)
    return users.mutate(place=place).filter(lambda row: row.place == 0).drop("place")


def _unopened(messages: ir.Table) -> ir.Table:
    """Messages sent after the last opening, or all where there was none."""
    opened = messages.filter(messages.opened_days_ago.notnull())
    last = opened.group_by("user_id").aggregate(last=opened.opened_days_ago.min())
    joined = messages.left_join(last, "user_id")
    return joined.filter(joined["last"].isnull() | (joined.days_ago < joined["last"])).select("user_id")


def _until(date: ir.Value, cutoff: ir.Value) -> ir.Value:
    """Days from the cutoff's date (UTC) to the next anniversary; for 29 February that is the 28th in common years."""
    today = cutoff.date()  # type: ignore[attr-defined]
    years = today.year() - date.year()  # type: ignore[attr-defined]

    def anniversary(after: ir.Value) -> ir.Value:
        return (date.cast("timestamp(6)") + after.as_interval("Y")).date()  # type: ignore[attr-defined]

    this, following = anniversary(years), anniversary(years + 1)
    return ibis.ifelse(this >= today, this, following).delta(today, unit="day").cast("int64")


def _days(at: ir.Value, cutoff: ir.Value) -> ir.Value:
    """Days before the cutoff, exact for whole days: microseconds are integers, and their quotient is rounded once."""
    return cutoff.delta(at, unit="microsecond").cast("float64") / DAY_MICROSECONDS  # type: ignore[union-attr]


def _ago_name(name: str) -> str:
    return name.removesuffix("_at").removesuffix("_time") + "_days_ago"
