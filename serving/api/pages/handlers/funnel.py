"""The funnel: who takes which step, and the groups whose rates differ; as `holdfast funnel` last counted it."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from markupsafe import Markup
from starlette.responses import Response

from serving.api.pages.catalogue import catalogue
from serving.api.pages.view import View
from serving.charts.bars import bar
from serving.charts.intervals import interval

FILE = Path("funnel") / "funnel.parquet"
SHOWN = 20  # groups that differ


def funnel(view: View) -> Response:
    """The page; without a count it says how to make one."""
    rows = _rows(view.config.store_path / FILE)
    steps = [row for row in rows if row["attribute"] is None]
    groups = sorted((row for row in rows if row["significant"]), key=lambda row: -abs(row["difference"]))[:SHOWN]
    span = max((abs(row[end]) for row in groups for end in ("low", "high")), default=1.0)
    return view.render(
        "funnel.html",
        at=steps[0]["as_of"] if steps else None,
        days=steps[0]["days"] if steps else None,
        steps=[_step(view, row, steps[0]["users"]) for row in steps],
        groups=[row | {"drawn": _difference(row, span), "attribute": _attribute(view, row)} for row in groups],
        configured=bool(view.config.funnel.steps),
    )


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = pq.ParquetFile(file).read().to_pylist()
    except (OSError, pa.ArrowException):
        return []
    return found


def _attribute(view: View, row: dict[str, Any]) -> str:
    """What an attribute of users is called; another than those of the portraits stays as it is."""
    key = f"layers.attribute_{row['attribute']}"
    return view.t(key) if key in catalogue() else str(row["attribute"])


def _step(view: View, row: dict[str, Any], known: int) -> dict[str, Any]:
    took = round(row["users"] * row["rate"]) if row["rate"] is not None else 0
    overall = took / known if known else None
    return row | {"took": took, "overall": overall, "bar": bar(overall, "accent", view.says(row["step"], took))}


def _difference(row: dict[str, Any], span: float) -> Markup:
    return interval(row["low"], row["difference"], row["high"], (-span, span), f"{row['attribute']}: {row['group']}")
