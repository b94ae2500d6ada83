"""Community and points: the seven numbers of groups, the private domain, balances, liability and levels."""

from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from features.boards import BOARDS
from serving.api.pages.people import ABSENT, Filter
from serving.api.pages.view import View

GROUPS, MONTHS = 20, 12  # rows shown
TABLES = {
    "community": ("group", "date", "joined", "active", "active_rate", "conversions", "conversion_rate", "gmv", "lost"),
    "private_domain": ("channel", "step", "users", "rate", "overall", "days_mean", "days_median"),
    "months": ("month", "users", "earned", "claimed", "spent", "expired", "redemption"),
    "balances": ("least", "most", "users", "balance", "unclaimed", "liability"),
    "levels": ("level", "users", "near", "value_at_stake"),
}
OF = {"months": "points", "balances": "points"}  # part of a board


def community(view: View) -> Response:
    """The page; each part says why where its board is not there."""
    found = {name: _rows(view, name) for name in TABLES}
    return view.render(
        "community.html",
        title=view.t("community.title"),
        parts=found,
        boards={name: BOARDS[OF.get(name, name)] for name in TABLES},
        why={name: view.why_not(OF.get(name, name)) for name, rows in found.items() if rows is None},
        names=TABLES,
        tiles=_tiles(found["balances"]),
    )


def _rows(view: View, name: str) -> list[dict[str, Any]] | None:
    board = view.board(OF.get(name, name))
    if board is None:
        return None
    rows = board.to_pylist()
    if name == "community":
        end = datetime.fromisoformat(view.snapshot.manifest["as_of"]).date()
        weeks = [row for row in rows if row["period"] == "week" and row["date"] + timedelta(days=7) <= end]
        last = max((row["date"] for row in weeks), default=None)
        return sorted((row for row in weeks if row["date"] == last), key=lambda row: -row["members"])[:GROUPS]
    if name == "months":
        return [row for row in rows if row["part"] == "month"][-MONTHS:]
    if name == "balances":
        return [row for row in rows if row["part"] == "balance"]
    if name == "levels":
        return _levels(view, rows)
    if name == "private_domain":
        return [row | {"step": view.t("community.step_" + str(row["place"]))} for row in rows]
    return rows


def _levels(view: View, board: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By the level now, with what it is called and the address of its list."""
    found: dict[str | None, dict[str, Any]] = {}
    for row in board:
        one = found.setdefault(row["level"], {"level": row["level"], "users": 0, "near": 0, "value_at_stake": 0.0})
        for name in ("users", "near", "value_at_stake"):
            one[name] += row[name]
    for level, one in found.items():
        whom = Filter({"level": (level or ABSENT,)})
        one["href"] = view.list_link(**whom.query)
    order = {level.name: place for place, level in enumerate(view.config.level)}
    rows = sorted(found.values(), key=lambda one: order.get(str(one["level"]), -1))
    return [one | {"level": view.level(one["level"])} for one in rows]


def _tiles(balances: list[dict[str, Any]] | None) -> dict[str, float] | None:
    if not balances:
        return None
    return {name: sum(row[name] for row in balances) for name in ("balance", "liability", "unclaimed")}
