"""Users as tables on pages show them: the same columns on every list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from serving.api.pages.view import View
from serving.charts.stages import classes
from serving.scoring.wording import Words

REASONS = 2


def user_rows(view: View, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a table shows of rows of the snapshot: stage, risk, value, reasons in words, the address of the user."""
    words = Words("zh" if view.language == "zh" else "en", tuple(view.config.churn.activity))
    paint = classes(view.stages)
    return [
        {
            **row,
            "href": user_link(view, row["user_id"]),
            "stage_name": view.stage(row["stage"]),
            "stage_cls": paint.get(row["stage"], "stage-absent"),
            "band_cls": band_class(view, row["risk_band"]),
            "why": _why(words, row["reasons"] or []),
        }
        for row in rows
    ]


def _why(words: Words, reasons: Sequence[Mapping[str, Any]]) -> list[str]:
    """The first reasons in words; the others are looked at too, for one may hold what another's words need."""
    return words.reasons(reasons[:REASONS], {one["feature"]: one["value"] for one in reasons})


def user_link(view: View, user_id: object) -> str:
    """The address of a user, whose id may hold anything."""
    return view.link(f"/users/{quote(str(user_id), safe='')}")


def band_class(view: View, band: str | None) -> str:
    """The colour of a risk band: that of low for the first, high for the last, medium between; "" for none."""
    names = view.config.risk.names
    if band not in names:
        return ""
    return "band-low" if band == names[0] else "band-high" if band == names[-1] else "band-medium"
