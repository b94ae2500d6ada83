"""The overview: five tiles, the stages, early warnings, and whom it is most worth to keep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from markupsafe import Markup
from starlette.responses import Response

from features.config import Config
from features.groups import lifecycle
from features.groups.stage_kinds import healthy_stages, warning_stages
from serving.api.pages.history import Past, history
from serving.api.pages.listed import first
from serving.api.pages.people import Filter, grouped, sums
from serving.api.pages.told.meanings import stage_meanings
from serving.api.pages.user_rows import user_rows
from serving.api.pages.view import View
from serving.charts.bars import Part, bar, stacked
from serving.charts.sparks import spark
from serving.charts.stages import classes, order

WARNINGS, WORTH = 8, 10  # rows shown


@dataclass(frozen=True)
class Tile:
    """A headline number: what it is called and means, its list, the number of each date, the forms of it."""

    key: str
    whom: Filter
    of: Callable[[pa.Table], float | None]
    form: str
    change: str
    good: int  # 1: more is good, -1: less is good


def _stages(*names: str, scored: bool = False) -> Filter:
    return Filter({"stage": names}, scored)


def _users(*names: str) -> Callable[[pa.Table], float]:
    return lambda cube: sums(cube, _stages(*names))["users"]


def tiles(config: Config) -> list[Tile]:
    """The headline numbers that the configuration's stages allow."""
    healthy = _stages(*healthy_stages(config), scored=True)

    def share(cube: pa.Table) -> float | None:
        scored = sums(cube, Filter(scored=True))["scored"]
        return sums(cube, healthy)["scored"] / scored if scored else None

    found = [
        Tile("healthy", healthy, share, "share", "change_points", 1),
        Tile("at_risk", _stages("at_risk"), _users("at_risk"), "count", "change", -1),
        Tile("churn", Filter(scored=True), lambda cube: sums(cube)["churn_risk"], "count", "change", -1),
        Tile("at_stake", Filter(scored=True), lambda cube: sums(cube)["value_at_stake"], "short", "change", -1),
        Tile("back", _stages("resurrected"), _users("resurrected"), "count", "change", 1),
    ]
    there = {None, *lifecycle.names(config)}  # a team's own list may lack a stage
    return [one for one in found if {*one.whom.values.get("stage", (None,))} & there]


def overview(view: View) -> Response:
    """The first page."""
    past = history(view.snapshot)
    cube = view.board("cube")
    if cube is None:
        return view.render("no_boards.html", title=view.t("overview.title"), why=view.why_not("cube"))
    return view.render(
        "overview.html",
        tiles=[_tile(view, one, past) for one in tiles(view.config)],
        stages=(stages := _stage_rows(view, cube, past)),
        bar=stacked([one["part"] for one in stages], view.t("overview.stages")),
        moves=_moves(view, cube),
        meanings=stage_meanings(view),
        before=past[-2].at if len(past) > 1 else None,
        worth=user_rows(view, first(view.snapshot, Filter(scored=True), WORTH)) if view.may("people") else [],
    )


def _tile(view: View, tile: Tile, past: Sequence[Past]) -> dict[str, Any]:
    values = [tile.of(one.cube) for one in past]
    now, change = values[-1], _difference(values)
    rises = 0 if not change else 1 if change > 0 else -1
    return {
        "key": tile.key,
        "value": now,
        "form": tile.form,
        "change": change,
        "change_form": tile.change,
        "cls": "good" if rises * tile.good > 0 else "bad" if rises else "soft",
        "href": view.list_link(**tile.whom.query),
        "spark": _spark(view, values, view.t(f"overview.{tile.key}")),
    }


def _stage_rows(view: View, cube: pa.Table, past: Sequence[Past]) -> list[dict[str, Any]]:
    paint, total = classes(view.stages), sums(cube)["users"]
    found = []
    for name in order(view.stages):
        values = [sums(one.cube, _stages(name))["users"] for one in past]
        users, label = sums(cube, _stages(name))["users"], view.stage(name)
        href = view.list_link(stage=name)
        found.append(
            {
                "label": label,
                "users": users,
                "share": users / total if total else None,
                "change": _difference(values),
                "cls": paint[name],
                "href": href,
                "bar": bar(users / total if total else 0, paint[name], view.says(label, users)),
                "spark": _spark(view, values, label),
                "part": Part(label, users, view.n(users), paint[name], href),
            }
        )
    return found


def _moves(view: View, cube: pa.Table) -> list[dict[str, Any]]:
    """Moves since the snapshot before to a worse stage that warns, by users; of those with something left to lose:
    who was long silent and still is, is no news."""
    ranked, paint = order(view.stages), classes(view.stages)
    place, warns = {name: at for at, name in enumerate(ranked) if name != "prospect"}, warning_stages(view.config)
    found = {
        (a, b): one
        for (a, b), one in grouped(cube, "stage_before", "stage").items()
        if a in place and b in warns and place[b] > place[a] and one["value_at_stake"]
    }
    rows = sorted(found.items(), key=lambda one: -one[1]["users"])[:WARNINGS]
    most = max((one["users"] for _, one in rows), default=1)
    return [
        {
            "from": view.stage(a),
            "to": view.stage(b),
            "from_cls": paint[a],
            "to_cls": paint[b],
            "href": view.list_link(**{"from": a, "stage": b}),
            "bar": bar(one["users"] / most, paint[b], view.says(f"{view.stage(a)} → {view.stage(b)}", one["users"])),
            **one,
        }
        for (a, b), one in rows
    ]


def _difference(values: Sequence[float | None]) -> float | None:
    if len(values) < 2 or values[-1] is None or values[-2] is None:
        return None
    return values[-1] - values[-2]


def _spark(view: View, values: Sequence[float | None], title: str) -> Markup | str:
    return spark(values, view.t("common.over_time", what=title)) if len(values) > 1 else ""
