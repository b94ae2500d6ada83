"""Users: looking one up, and all that is known of one."""

from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from features.errors import BadInput
from serving.api.contract.errors import Problem, Refused
from serving.api.pages.audit import audit, subject
from serving.api.pages.history import history
from serving.api.pages.numbers import day
from serving.api.pages.told.meanings import stage_meanings
from serving.api.pages.user_rows import band_class, user_link
from serving.api.pages.view import View
from serving.api.routes.campaign_rows import ids
from serving.campaigns.one_user import fates, held_out
from serving.campaigns.run import runs
from serving.charts.bars import bar
from serving.charts.columns import columns
from serving.charts.diverging import diverging
from serving.charts.stages import classes
from serving.scoring.wording import Words

RUNS = 5  # campaign runs looked at


def users(view: View) -> Response:
    """The search: an id leads to its user."""
    asked = view.query("q").strip()
    if asked and (row := _find(view, asked)):
        return RedirectResponse(user_link(view, row["user_id"]), 303)
    return view.render("users.html", 404 if asked else 200, asked=bool(asked))


def user(view: View) -> Response:
    """One user: stage, numbers, why, history, and what campaigns decided."""
    row = _find(view, view.request.path_params["user_id"])
    if row is None:
        raise Refused(Problem(404, "unknown_user", view.t("users.unknown"), "user_id"))
    audit(view, "user opened", 1, subject=subject(row["user_id"]))
    paint = classes(view.stages)
    return view.render(
        "user.html",
        row=row,
        stage_cls=paint.get(row["stage"], "stage-absent"),
        band_cls=band_class(view, row["risk_band"]),
        reasons=_reasons(view, row),
        past=_past(view, row, paint),
        curve=_curve(view, row),
        weeks=_weeks(view, row),
        weeks_of=_weeks_of(view),
        campaigns=_campaigns(view, row["user_id"]),
        marks=_marks(view, row),
        lifetime_days=view.n(view.config.lifetime_horizons * view.config.horizon),
        held_out=held_out(view.config.contact, row["user_id"]),
    )


def _find(view: View, text: str) -> dict[str, Any] | None:
    rows = view.snapshot.look_up(ids(text)).to_pylist() if text else []
    return rows[0] if rows else None


def _marks(view: View, row: dict[str, Any]) -> list[tuple[str, str]]:
    """What the marks below the name mean, those that are there."""
    found = [(view.stage(row["stage"]), dict(stage_meanings(view)).get(view.stage(row["stage"]), ""))]
    there = {"risk_band": "band", "level": "level", "points_balance": "points", "tags": "tag"}
    names = {"risk_band": "risk_band", "level": "member_level", "points_balance": "points_name", "tags": "tag"}
    return found + [
        (view.t(f"users.{names[one]}"), view.t(f"users.{key}_means")) for one, key in there.items() if row.get(one)
    ]


def _reasons(view: View, row: dict[str, Any]) -> list[dict[str, Any]]:
    told = Words("zh" if view.language == "zh" else "en", tuple(view.config.churn.activity)).with_text(row["reasons"])
    most = max((abs(one["contribution"]) for one in told or ()), default=1.0)
    return [one | {"bar": _effect(one["contribution"], most, one["text"])} for one in told or ()]


def _effect(contribution: float, most: float, title: str) -> Markup:
    return diverging(contribution, most, f"{title}: {contribution:+.2f}")


def _past(view: View, row: dict[str, Any], paint: dict[str, str]) -> list[dict[str, Any]]:
    """Where the user stood in each snapshot."""
    found = []
    for one in history(view.snapshot):
        own = one.snapshot.run_id == view.snapshot.run_id
        then = [row] if own else one.snapshot.look_up([row["user_id"]], ("stage", "churn_risk")).to_pylist()
        if then:
            stage = then[0]["stage"]
            about = {"at": one.at, "stage": view.stage(stage), "cls": paint.get(stage, "stage-absent")}
            found.append(about | {"risk": then[0]["churn_risk"]})
    return found


def _curve(view: View, row: dict[str, Any]) -> list[dict[str, Any]]:
    def drawn(one: dict[str, Any]) -> Markup:
        return bar(one["churn_risk"], "up", view.t("users.within", days=one["days"]))

    return [one | {"bar": drawn(one)} for one in row["churn_curve"] or []]


def _weeks(view: View, row: dict[str, Any]) -> Markup | None:
    counts = row.get("weekly_counts")  # not in snapshots of earlier versions
    if counts is None:
        return None
    as_of = row["as_of"]
    begins = [day(as_of - timedelta(weeks=weeks), view.language) for weeks in range(len(counts), 0, -1)]
    return columns(counts, begins, [view.n(one) for one in counts], view.t(f"users.weeks_{_weeks_of(view)}"))


def _weeks_of(view: View) -> str:
    return "orders" if "orders" in view.config.tables else "active"


def _campaigns(view: View, user: int | str) -> list[dict[str, Any]]:
    """What the newest runs decided about the user, and why."""
    found: list[dict[str, Any]] = []
    for run in runs(view.config.store_path):
        if len(found) == RUNS:
            break
        try:
            plays = fates(run, user)
        except BadInput:  # damaged: its own page says so
            continue
        names = {name: play[view.language] or name for name, play in run.plays.items()}
        told = [one | {"called": names.get(one["play"], one["play"]), "text": one[view.language]} for one in plays]
        at = datetime.fromisoformat(run.manifest["as_of"])
        found.append({"at": at, "href": view.link(f"/campaigns/{run.name}"), "plays": told})
    return found
