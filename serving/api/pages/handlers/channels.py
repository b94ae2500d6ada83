"""Channels and key figures: traffic, orders, what channels cost and bring, AARRR and the team's goals."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from features.boards import BOARDS
from features.config.operations.goals import HEALTHY, NUMBERS
from serving.api.pages import numbers
from serving.api.pages.view import View
from serving.charts.lines import Line, lines

DAYS, PERIODS = 90, 6  # of the pictures; of the AARRR table
SINGLE = 0.5  # a channel that brought more of the new users than this is a single source
TABLES = {
    "channels": ("channel", "users", "new_users", "new_share", "cost", "cost_per_user", "value", "roi", "churn_share"),
    "aarrr": ("date", "acquired", "activation", "retention", "conversion", "revenue", "invited", "k"),
    "goals": ("goal", "metric", "value", "target", "by", "state"),
    "messages": ("channel", "campaign_id", "sent", "open_rate", "click_rate", "opt_out_rate"),
    "feedback": ("date", "kind", "received", "open", "response_days", "solving_days", "score"),
}


def channels(view: View) -> Response:
    """The page; each part says why where its board is not there."""
    parts = {name: _part(view, name) for name in TABLES}
    source = _single(view)
    return view.render(
        "channels.html",
        title=view.t("channels.title"),
        tiles=_tiles(view),
        pictures=[one for one in (_traffic(view), _orders(view)) if one],
        parts=parts,
        why={name: view.why_not(name) for name in (*TABLES, "traffic", "orders") if view.board(name) is None},
        boards=BOARDS,
        names=TABLES,
        source=source,
    )


def _part(view: View, name: str) -> list[dict[str, Any]] | None:
    board = view.board(name)
    if board is None:
        return None
    rows = board.to_pylist()
    if name == "aarrr":
        rows = _aarrr(rows)[-PERIODS:]
    if name == "goals":
        rows = [row | {"goal": row["goal_zh"] if view.language == "zh" else row["goal"]} for row in rows]
        rows = [row | {"state": view.t(f"channels.goal_{row['state']}")} | _metric(view, row) for row in rows]
    if name == "messages":
        rows = sorted(rows, key=lambda row: -row["sent"])[:20]
    if name == "channels":
        rows = sorted(rows, key=lambda row: -row["users"])
    if name == "feedback":
        rows = [row | {"kind": view.t(f"channels.kind_{row['kind']}")} for row in rows[-12:]]
    return rows


def _metric(view: View, row: dict[str, Any]) -> dict[str, Any]:
    """What a goal measures in words, and where that is a share its numbers in percent."""
    how, _, of = row["metric"].partition(":")
    texts = {"lifetime_value": "channels.lifetime_value"} | {name: f"rules.{name}" for name in NUMBERS[:3]}
    what = view.t(texts.get(of, "rules.healthy")) if of in (*texts, HEALTHY) else view.stage(of) if of else ""
    told = view.t(f"channels.metric_{how}", of=what or view.t("rules.all"))
    percent = ("value", "target") if how == "share" or row["metric"] == "mean:churn_risk" else ()
    return {"metric": told} | {name: numbers.share(row[name], view.language) for name in percent}


def _aarrr(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Over all channels: counts add up, shares are worked out anew."""
    counts = ("acquired", "activated", "retained", "paying", "revenue", "invited", "inviters", "brought")
    found: dict[date, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(row["date"], dict.fromkeys(counts))
        for name in counts:
            if row[name] is not None:
                one[name] = (one[name] or 0) + row[name]
    return [
        {"date": at, "channel": None, **one}
        | {
            "activation": _over(one["activated"], one["acquired"]),
            "retention": _over(one["retained"], one["acquired"]),
            "conversion": _over(one["paying"], one["acquired"]),
            "k": _over(one["brought"], one["acquired"]),
        }
        for at, one in sorted(found.items())
    ]


def _over(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _tiles(view: View) -> list[dict[str, Any]]:
    """DAU, WAU, MAU and stickiness of the last day."""
    board = view.board("traffic")
    if board is None or not len(board):
        return []
    rows = board.to_pylist()
    last = max(row["date"] for row in rows)
    day = {name: sum(row[name] for row in rows if row["date"] == last) for name in ("active", "week", "month", "new")}
    return [
        {"key": "dau", "text": view.n(day["active"])},
        {"key": "wau", "text": view.n(day["week"])},
        {"key": "mau", "text": view.n(day["month"])},
        {"key": "sticky", "text": numbers.share(_over(day["active"], day["month"]), view.language)},
        {"key": "new", "text": view.n(day["new"])},
    ]


def _traffic(view: View) -> dict[str, Any] | None:
    return _picture(view, "traffic", ("active", "new", "returning"), "count")


def _orders(view: View) -> dict[str, Any] | None:
    return _picture(view, "orders", ("orders", "first_orders", "repeat_orders"), "count")


def _picture(view: View, name: str, columns: Sequence[str], form: str) -> dict[str, Any] | None:
    """Lines over the last DAYS days, over all channels."""
    board = view.board(name)
    if board is None or not len(board):
        return None
    sums: dict[date, dict[str, float]] = {}
    for row in board.select(["date", *columns]).to_pylist():
        one = sums.setdefault(row["date"], dict.fromkeys(columns, 0.0))
        for column in columns:
            one[column] += row[column]
    last = max(sums)
    days = [last - timedelta(days=back) for back in reversed(range(DAYS))]
    contract = BOARDS[name]
    series = [
        Line(contract.column(column).title[view.language], [sums.get(day, {}).get(column, 0.0) for day in days])
        for column in columns
    ]
    labels = [numbers.day(day, view.language) for day in days]
    title, says = contract.title[view.language], view.t(f"channels.{name}_says", days=DAYS)
    drawn = lines(series, labels, title, lambda value: numbers.count(value, view.language))
    return {
        "name": name,
        "title": title,
        "says": says,
        "drawn": drawn,
        "columns": columns,
    }


def _single(view: View) -> dict[str, Any] | None:
    """The channel that most new users came by, where that is more than SINGLE of them."""
    rows = _part(view, "channels") or []
    found = max(rows, key=lambda row: row["new_share"] or 0, default=None)
    if found is None or (found["new_share"] or 0) <= SINGLE or len(rows) < 2:
        return None
    return {"channel": found["channel"] or view.t("common.not_known"), "share": found["new_share"]}
