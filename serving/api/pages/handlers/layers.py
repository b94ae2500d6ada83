"""Layers and tags: RFM classes and the others, tags, and the portrait of a stage against everybody."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.responses import Response

from features.boards import BOARDS
from serving.api.contract.errors import Problem, Refused
from serving.api.pages.audit import audit
from serving.api.pages.listed import shown
from serving.api.pages.scans import scanning
from serving.api.pages.told.meanings import group_meanings
from serving.api.pages.user_rows import user_rows
from serving.api.pages.view import View
from serving.charts.bars import bar
from serving.charts.diverging import diverging
from serving.charts.stages import order
from serving.reports.layers import COUNTS, USERS
from serving.reports.work.parts import parts_there

FOLDER, ROWS = Path("layers"), 50
TAGS = ("tag", "users", "scored", "contactable", "churn_risk", "value_at_stake")


def layers(view: View) -> Response:
    """The page; the layers are those that `holdfast layers` last wrote."""
    rows, tags, portraits = _rows(view), view.board("tags"), view.board("portraits")
    by_layer: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_layer.setdefault(row["layer"], []).append(row)
    stage = view.query("stage")
    stage = stage if stage in view.stages else order(view.stages)[0]
    return view.render(
        "layers.html",
        at=rows[0]["as_of"] if rows else None,
        layers={name: _layer(view, found) for name, found in by_layer.items()},
        says={name: view.t(f"layers.{name}") for name in by_layer if name in NAMED},
        rules={name: group_meanings(view, name) for name in by_layer},
        tags=None if tags is None else _tags(view, tags),
        boards=BOARDS,
        names=TAGS,
        portrait=None if portraits is None else _portrait(view, portraits, stage),
        stage=stage,
        stages=order(view.stages),
        why=view.why_not("portraits"),
    )


NAMED = ("rfm", "risk_value", "half_year_orders", "order_value", "high_value", "points", "community")  # with words


def layer(view: View) -> Response:
    """The users of a group of a layer."""
    name, group = view.request.path_params["layer"], view.request.path_params["group"]
    found = next((row for row in _rows(view) if (row["layer"], row["group"]) == (name, group)), None)
    if found is None:
        raise Refused(Problem(404, "unknown_layer", view.t("layers.unknown"), "layer"))
    last = max(1, -(-found["users"] // ROWS))
    asked = view.query("page", "1")
    place = min(int(asked), last) if asked.isdecimal() and int(asked[:9]) > 0 else 1
    here = f"/layers/{name}/{group}"
    audit(view, "list opened", found["users"], filter={"layer": name, "group": group}, page=place)
    return view.render(
        "layer.html",
        called=_called(view, found),
        layer=view.t(f"layers.{name}") if name in NAMED else name,
        found=found,
        rows=user_rows(view, shown(view.snapshot, _ids(view, name, group, place))),
        place=place,
        last=last,
        before=view.link(here, page=place - 1) if place > 1 else "",
        after=view.link(here, page=place + 1) if place < last else "",
    )


def _rows(view: View) -> list[dict[str, Any]]:
    """Layers and their groups; none where they were never counted."""
    try:
        found: list[dict[str, Any]] = pq.ParquetFile(view.config.store_path / FOLDER / COUNTS).read().to_pylist()
    except (OSError, pa.ArrowException):
        return []
    return found


def _ids(view: View, name: str, group: str, place: int) -> list[Any]:
    """The users of a page of the list, by id."""
    files, quoted = parts_there(view.config.store_path / FOLDER / USERS), '"' + name.replace('"', '""') + '"'
    sql = f"SELECT user_id FROM read_parquet(?) WHERE {quoted} = ? ORDER BY user_id LIMIT {ROWS} OFFSET ?"
    with scanning() as con:
        return [user for (user,) in con.execute(sql, [list(map(str, files)), group, (place - 1) * ROWS]).fetchall()]


def _tags(view: View, tags: pa.Table) -> list[dict[str, Any]]:
    """By users, with what they are called and the addresses of their lists."""
    rows = sorted(tags.to_pylist(), key=lambda row: -row["users"])
    return [row | {"tag": view.tag(row["tag"])} | {"href": view.list_link(tag=row["tag"])} for row in rows]


def _called(view: View, row: dict[str, Any]) -> str:
    return str(row["zh"] if view.language == "zh" else row["group"])


def _layer(view: View, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    total = sum(row["users"] for row in rows)
    found = []
    for row in rows:
        share, called = row["users"] / total if total else 0.0, _called(view, row)
        href = view.link(f"/layers/{row['layer']}/{row['group']}")
        drawn = bar(share, "accent", view.says(called, row["users"]))
        found.append({"called": called, "users": row["users"], "share": share, "href": href, "bar": drawn})
    return found


def _portrait(view: View, portraits: pa.Table, stage: str) -> list[dict[str, Any]]:
    """By attribute and value: the share among the stage's users beside that among all."""
    everybody, theirs, all_, own = Counter[Any](), Counter[Any](), Counter[str](), Counter[str]()
    for row in portraits.to_pylist():
        key, users = (row["attribute"], row["value"]), row["users"]
        everybody[key] += users
        all_[row["attribute"]] += users
        if row["stage"] == stage:
            theirs[key] += users
            own[row["attribute"]] += users
    rows: list[dict[str, Any]] = []
    for (attribute, value), users in sorted(everybody.items(), key=lambda one: (one[0][0], -one[1])):
        share = theirs[attribute, value] / own[attribute] if own[attribute] else None
        usual = users / all_[attribute]
        more = None if share is None else share - usual
        told = {"attribute": view.t(f"layers.attribute_{attribute}"), "value": value or view.t("common.not_known")}
        rows.append(told | {"users": theirs[attribute, value], "share": share, "usual": usual, "more": more})
    most = max((abs(row["more"]) for row in rows if row["more"] is not None), default=0.0)
    return [row | {"drawn": diverging(row["more"], most, f"{row['value']}")} for row in rows]
