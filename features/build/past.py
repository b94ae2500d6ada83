"""The only way to the tables: rows before the cutoff, without any timestamp that could reveal what came after."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from features.engine.duckdb_session import to_local
from features.wall_clock import changes, offset

DAY_MICROSECONDS = 86_400_000_000


def past(
    tables: Mapping[str, ir.Table],
    moment: ir.Table,
    activity: Sequence[str],
    asked: ir.Table | None = None,
    post: str | None = None,
    zone: str = "UTC",
) -> dict[str, ir.Table]:
    """Every table as it stood at the cutoff.

    moment: one row, whose ``cutoff`` is the UTC instant (a table, no literal, so that compiled SQL serves any cutoff).
    activity: the tables, or ``events:<kind>``, whose rows count as activity. asked: the users to keep; default all.
    post: the kind of event that is a post. zone: the project's, whose calendar days are.

    Rows have ``time < cutoff`` and, if there is one, ``known_at < cutoff``. ``time`` becomes ``days_ago``, fractional
    days before it (> 0); other timestamps ``…_at`` become ``…_days_ago``, null where at or after the cutoff. Dates
    become ``…_in_days``: whole days until they come round again, 0 on the day. ``day`` is ``ceil(days_ago)``: 1 for the
    last 24 hours. Days are those of the zone's calendar: n days before a midnight lies a midnight, whatever the clock
    did in between. In an hour that the clock shows twice, what happened may seem nearer or farther by as much, yet
    still past. A date comes round in the time zone of the user, where ``users`` has one.

    Of ``users``, one row each: the last. Further tables, where they can be had:

    ``activity``  user_id, days_ago, day of the rows that count as activity
    ``posts``     the same of events that are posts
    ``channels``  user_id, orders: one row per channel that the user ordered through
    ``unopened``  user_id: one row per message sent after the last opening of one
    """
    moment = moment.select("cutoff", **({"ahead": offset(moment.cutoff, zone)} if changes(zone) else {}))
    views = {name: _view(table, moment, asked, zone, last=name == "users") for name, table in tables.items()}
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


def _view(table: ir.Table, moment: ir.Table, asked: ir.Table | None, zone: str, last: bool) -> ir.Table:
    view = table.cross_join(moment)
    instants = [name for name, dtype in table.schema().items() if dtype.is_timestamp()]
    if "time" in instants:
        view = view.filter(view.time.isnull() | (view.time < view.cutoff))
    if "known_at" in instants:
        view = view.filter(view.known_at.isnull() | (view.known_at < view.cutoff))
    ago = {name: _days(view, name, zone) for name in instants if name != "known_at"}
    if "time" in ago:
        days_ago = ago.pop("time")
        view = view.mutate(days_ago=days_ago, day=days_ago.ceil().cast("int64"), **_order(view, zone, last))
    view = view.mutate(
        **{_ago_name(name): ibis.ifelse(view[name] < view.cutoff, value, None) for name, value in ago.items()}
    )
    dates = {name: dtype for name, dtype in view.schema().items() if dtype.is_date()}
    if dates:
        today = _today(view, zone)
        view = view.mutate(**{f"{name}_in_days": _until(view[name], today) for name in dates})
    view = view.drop(*moment.columns, *instants, *dates)
    return view if asked is None else view.semi_join(asked, "user_id")


def _order(view: ir.Table, zone: str, last: bool) -> dict[str, ir.Value]:
    """``elapsed`` where the last row is asked for and days do not tell it: an hour that a clock shows twice has no
    order."""
    if not last or not changes(zone):
        return {}
    return {"elapsed": view.cutoff.delta(view.time, unit="microsecond")}  # type: ignore[union-attr]


def _last_row(users: ir.Table) -> ir.Table:
    """One row per user: the one valid from the latest time; of several with one time, the greatest."""
    others = [name for name in users.columns if name not in ("user_id", "days_ago", "day", "elapsed")]
    age = "elapsed" if "elapsed" in users.columns else "days_ago"
    order = [ibis.asc(users[age], nulls_first=False)] if age in users.columns else []
    order += [ibis.desc(users[name], nulls_first=False) for name in others]
    if not order:
        return users.distinct()
    place = ibis.row_number().over(group_by="user_id", order_by=order)
    return users.mutate(place=place).filter(lambda row: row.place == 0).drop("place", *{"elapsed"} & {*users.columns})


def _unopened(messages: ir.Table) -> ir.Table:
    """Messages sent after the last opening, or all where there was none."""
    opened = messages.filter(messages.opened_days_ago.notnull())
    last = opened.group_by("user_id").aggregate(last=opened.opened_days_ago.min())
    joined = messages.left_join(last, "user_id")
    return joined.filter(joined["last"].isnull() | (joined.days_ago < joined["last"])).select("user_id")


def _today(view: ir.Table, zone: str) -> ir.Value:
    """The date that it is at the cutoff, for each row: the user's own where a time zone of theirs is known."""
    own = view.timezone.fill_null(zone) if "timezone" in view.columns else zone
    return to_local(view.cutoff, own).date()  # type: ignore[attr-defined]


def _until(date: ir.Value, today: ir.Value) -> ir.Value:
    """Days from today to the next anniversary; that of 29 February is the 28th in other years."""
    years = today.year() - date.year()  # type: ignore[attr-defined]

    def anniversary(after: ir.Value) -> ir.Value:
        return (date.cast("timestamp(6)") + after.as_interval("Y")).date()  # type: ignore[attr-defined]

    this, following = anniversary(years), anniversary(years + 1)
    return ibis.ifelse(this >= today, this, following).delta(today, unit="day").cast("int64")


def _days(view: ir.Table, name: str, zone: str) -> ir.Value:
    """Exact at whole days: microseconds are integers, and their quotient is rounded once."""
    past = view.cutoff.delta(view[name], unit="microsecond")  # type: ignore[union-attr]
    if changes(zone):  # by the clock on the wall; an hour that it shows twice would let what was seem yet to come
        past = ibis.greatest(past + (view.ahead - offset(view[name], zone)), 1)
        past = ibis.ifelse(view[name] < view.cutoff, past, None)  # greatest() passes over nulls
    return past.cast("float64") / DAY_MICROSECONDS


def _ago_name(name: str) -> str:
    return name.removesuffix("_at").removesuffix("_time") + "_days_ago"
