"""Users as tables on pages show them: the same columns on every list."""

from collections.abc import Iterable, Mapping
from typing import Any

from serving.charts.stages import classes
from serving.pages.view import View
from serving.scoring.wording import Words

REASONS = 2


def user_rows(view: View, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a table shows of rows of the snapshot: stage, risk, value, reasons in words, the address of the user."""
    words = Words("zh" if view.language == "zh" else "en", tuple(view.config.churn.activity))
    paint = classes(view.stages)
    return [
        {
            **row,
            "href": view.link(f"/users/{row['user_id']}"),
            "stage_name": view.stage(row["stage"]),
            "stage_cls": paint.get(row["stage"], "stage-absent"),
            "band_cls": band_class(view, row["risk_band"]),
            "why": [one["text"] for one in (words.with_text(row["reasons"]) or [])[:REASONS]] if row["reasons"] else [],
        }
        for row in rows
    ]


def band_class(view: View, band: str | None) -> str:
    """The colour of a risk band: that of low for the first, high for the last, medium between; "" for none."""
    names = view.config.risk.names
    if band not in names:
        return ""
    return "band-low" if band == names[0] else "band-high" if band == names[-1] else "band-medium"
