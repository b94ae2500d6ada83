"""Retention and value of cohorts: triangles of users by the period they came in."""

from typing import Any

from starlette.responses import Response

from features.boards import BOARDS
from serving.api.pages import numbers
from serving.api.pages.view import View
from serving.charts.heat import edges, shade
from serving.charts.lines import Line, lines

COHORTS, PERIODS, DRAWN = 12, 12, 4  # the newest cohorts; periods of each; lines of value
KINDS = {
    "retention": ("retained", "share"),
    "repurchase": ("repurchased", "share"),
    "per_user": ("value_so_far", "money"),
}


def retention(view: View) -> Response:
    """Three triangles: who is there, who buys again, and what they brought; of one channel or all."""
    board = view.board("retention")
    title = view.t("retention.title")
    if board is None:
        return view.render("no_boards.html", title=title, why=view.why_not("retention"))
    rows = board.to_pylist()
    channels = sorted({row["channel"] for row in rows if row["channel"] is not None})
    chosen = view.query("channel")
    kept = [row for row in rows if not chosen or row["channel"] == chosen]
    cohorts = _cohorts(kept)
    return view.render(
        "retention.html",
        title=title,
        board=BOARDS["retention"],
        channels=channels,
        chosen=chosen,
        periods=range(PERIODS),
        triangles={name: _triangle(view, cohorts, name, of, form) for name, (of, form) in KINDS.items()},
        picture=_picture(view, cohorts),
    )


def _cohorts(rows: list[dict[str, Any]]) -> dict[Any, dict[int, dict[str, float]]]:
    """date → period → users and sums, over the channels kept; the newest COHORTS dates."""
    found: dict[Any, dict[int, dict[str, float]]] = {}
    for row in rows:
        one = found.setdefault(row["date"], {}).setdefault(row["period"], dict.fromkeys(_SUMS, 0.0))
        for name in _SUMS:
            one[name] += row[name]
    return {date: found[date] for date in sorted(found)[-COHORTS:]}


_SUMS = ("users", "retained", "repurchased", "value_so_far")


def _triangle(view: View, cohorts: dict[Any, Any], name: str, of: str, form: str) -> list[dict[str, Any]]:
    values = {
        (date, period): one[of] / one["users"] if one["users"] else None
        for date, periods in cohorts.items()
        for period, one in periods.items()
        if period < PERIODS
    }
    steps = edges(value for (_, period), value in values.items() if period or form == "money")
    shape = getattr(numbers, form)
    return [
        {
            "date": date,
            "users": next(iter(periods.values()))["users"],
            "cells": [
                {"text": shape(values[date, period], view.language), "cls": shade(values[date, period], steps)}
                if (date, period) in values
                else None
                for period in range(PERIODS)
            ],
        }
        for date, periods in cohorts.items()
    ]


def _picture(view: View, cohorts: dict[Any, Any]) -> Any:
    """Value per user so far, of some cohorts that are old enough to tell."""
    told = [(date, periods) for date, periods in cohorts.items() if len(periods) > 2][:: max(1, len(cohorts) // DRAWN)]
    if not told:
        return ""
    labels = [view.t("retention.period", number=period) for period in range(PERIODS)]
    series = []
    for date, periods in told[:DRAWN]:
        values = [_per_user(periods.get(period)) for period in range(PERIODS)]
        series.append(Line(f"{date:%Y-%m}" if date.day == 1 else f"{date}", values))
    return lines(series, labels, view.t("retention.per_user"), lambda value: numbers.money(value, view.language))


def _per_user(one: dict[str, float] | None) -> float | None:
    return one["value_so_far"] / one["users"] if one and one["users"] else None
