"""Model and data: how good the model is, what it rests on, what the tables gave, and the definition lab."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import Response

from features.boards import BOARDS
from serving.api.pages import numbers
from serving.api.pages.view import View
from serving.charts.lines import Line, lines
from serving.monitoring.report.kept import newest
from serving.monitoring.report.tables import VERDICTS

FIGURES = ("auc", "log_loss", "ece", "lift_top_decile")
DEFINITIONS = ("days", "role", "eligible", "churned", "churn_rate", "back", "back_rate", "value_lost", "suggested")
OURS = "holdfast"
KINDS = ("recency", "logistic", "histgb", "bgnbd", "mbgnbd")  # of training/evaluation/baselines.py, with words


def model(view: View) -> Response:
    """The page."""
    bundle, about = view.current.model.bundle, view.snapshot.manifest
    definitions = view.board("definitions")
    return view.render(
        "model.html",
        name=view.current.model.name,
        kind=bundle.kind,
        trained=bundle.trained_on,
        warnings=list(bundle.warnings),
        alarms=list(bundle.metrics.get("alarms") or []),
        features=len(bundle.features),
        judged=bundle.metrics.get("as_of"),
        models=_models(bundle.metrics),
        kinds=[view.t(f"model.kind_{name}") for name in bundle.metrics.get("churn") or () if name in KINDS],
        figures=FIGURES,
        gains=_gains(bundle.metrics),
        curve=_curve(view),
        watched=_watched(view),
        rival=_rival(view),
        tables=_tables(about.get("rows", {})),
        made=datetime.fromtimestamp((view.snapshot.folder / "manifest.json").stat().st_mtime),
        definitions=None if definitions is None else _definitions(view, definitions.to_pylist()),
        board=BOARDS.get("definitions"),
        names=DEFINITIONS,
        why=view.why_not("definitions"),
        missing={name: view.why_not(name) for name in about.get("boards", {}).get("missing", {})},
        titles={name: one.title[view.language] for name, one in BOARDS.items()},
    )


def _definitions(view: View, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The definitions, the configured one told in words."""
    return [row | {"role": row["role"] and view.t("model.role_configured")} for row in rows]


def _models(metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Holdfast and the baselines, the best log loss first."""
    found = [{"name": name, "ours": name == OURS, **one} for name, one in (metrics.get("churn") or {}).items()]
    return sorted(found, key=lambda one: one["log_loss"])


def _gains(metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Holdfast's log loss beside each baseline's, with its interval and verdict."""
    return [
        {"name": name, **one["log_loss"]}
        for name, one in (metrics.get("differences") or {}).items()
        if "log_loss" in one
    ]


def _curve(view: View) -> Any:
    """Risks told against the shares that left, in groups of equal size; "" for a model without."""
    points = view.current.model.bundle.metrics.get("reliability")
    if not points:
        return ""
    told = [one["told"] for one in points]
    series = [Line(view.t("model.came"), [one["came"] for one in points]), Line(view.t("model.told"), told)]

    def percent(value: float) -> str:
        return numbers.share(value, view.language, 0)

    return lines(series, [percent(one) for one in told], view.t("model.calibration"), percent, told)


def _watched(view: View) -> dict[str, Any] | None:
    """What the last monitoring found, and what came of past snapshots; None where nobody looked yet."""
    told = newest(view.config.store_path)
    if told is None:
        return None
    language = view.language
    return {
        "now": datetime.fromisoformat(told["now"]),
        "as_of": told["as_of"],
        "verdict": VERDICTS[told["verdict"]][language],
        "fine": told["verdict"] == "fine",
        "advice": told["advice"][language],
        "findings": [one["said"][language] for one in told["findings"]],
        "realised": [
            one | {"auc": one["figures"]["auc"], "promised": (one["promised"].get("auc") or {}).get("figure")}
            for one in told["realised"]
        ],
    }


def _rival(view: View) -> dict[str, Any] | None:
    """The challenger of the snapshot, how it agrees with the champion, and its closed windows; None for none."""
    about = view.snapshot.manifest.get("challenger")
    if about is None:
        return None
    told = (newest(view.config.store_path) or {}).get("trial") or {}
    came = told.get("came", []) if told.get("challenger") == about["model"] else []
    return {"name": about["model"], "since": about["since"], "days": view.config.promote.shadow_days} | {
        "agree": about["agreement"],
        "came": [
            {"as_of": one["as_of"], "users": one["users"], "model": model, "left": one["churned"]}
            | {"risk": one["risk"][model], **one["figures"][model]}
            for one in came
            for model in ("champion", "challenger")
        ],
    }


def _tables(rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "rows": one["rows"],
            "used": one["used"],
            "merged": one["merged"],
            "bad": one["quarantined"],
            "guests": one.get("guests", 0) + one.get("cancelled", 0) + one.get("repeats", 0) + one.get("before", 0),
            "reasons": one.get("reasons", {}),
        }
        for name, one in rows.items()
    ]
