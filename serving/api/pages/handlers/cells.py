"""Risk × value: bands against what users are worth if they stay."""

from typing import Any

from starlette.responses import Response

from serving.api.pages.listed import first
from serving.api.pages.people import Filter, sums
from serving.api.pages.user_rows import band_class, user_rows
from serving.api.pages.view import View
from serving.charts.heat import edges, shade

SHOWN = 10


def cells(view: View) -> Response:
    """The grid, and the users of the cell that the address names."""
    cube = view.board("cube")
    if cube is None:
        return view.render("no_boards.html", title=view.t("cells.title"), why=view.why_not("cube"))
    bands, tiers = [*reversed(view.config.risk.names)], view.config.value.tiers[1:]
    found = {(band, tier): _cell(view, cube, band, tier) for band in (*bands, "") for tier in (*tiers, "")}
    steps = edges(found[band, tier]["each"] for band in bands for tier in tiers)
    for band in bands:
        for tier in tiers:
            found[band, tier]["cls"] = shade(found[band, tier]["each"], steps)
    band, tier = view.query("band"), view.query("stay")
    chosen = (band, tier) if band in bands and tier in tiers else None
    whom = _whom(*chosen) if chosen else None
    return view.render(
        "cells.html",
        bands=bands,
        tiers=tiers,
        cells=found,
        band_cls={name: band_class(view, name) for name in bands},
        chosen=chosen,
        whom=whom,
        rows=user_rows(view, first(view.snapshot, whom, SHOWN)) if whom and view.may("people") else [],
    )


def _whom(band: str, tier: str) -> Filter:
    """Of a cell, a row or a column; "" stands for all."""
    given = {key: (value,) for key, value in (("band", band), ("stay", tier)) if value}
    return Filter(given, scored=not given)


def _cell(view: View, cube: Any, band: str, tier: str) -> dict[str, Any]:
    whom = _whom(band, tier)
    found, scored = sums(cube, whom), sums(cube)["scored"]
    users = found["users"]
    return {
        "users": users,
        "share": users / scored if scored else None,
        "at_stake": found["value_at_stake"],
        "each": found["value_at_stake"] / users if users else None,
        "risk": found["churn_risk"] / users if users else None,
        "cls": "",
        "href": view.link("/cells", band=band, stay=tier) if band and tier else view.list_link(**whom.query),
        "list": view.list_link(**whom.query),
    }
