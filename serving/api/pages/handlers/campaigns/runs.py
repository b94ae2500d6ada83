"""Campaigns: the runs, the playbook from which one is drafted, and what is ahead."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from features.config.operations.plays import PlaySetting
from features.errors import BadInput
from features.wall_clock import wall
from serving.api.pages.audit import audit
from serving.api.pages.handlers.campaigns.parts import above_zero, actor, called, job_row, now, people, status
from serving.api.pages.told.rules import told
from serving.api.pages.view import View
from serving.api.routes.campaign_rows import standing
from serving.campaigns.ahead import ahead
from serving.campaigns.drafts.adjusted import adjusted
from serving.campaigns.fates import HOLDOUT, TREATMENT
from serving.campaigns.run import Run, runs
from serving.jobs.jobs import jobs, start

RUNS, DAYS, JOBS = 50, 90, 3


def campaigns(view: View) -> Response:
    """The runs, the playbook, the calendar."""
    return _shown(view)


def draft(view: View) -> Response:
    """Start the planning of a run of the plays that the form chose; it is on the page of the runs when it is done."""
    names = [one.name for one in view.config.play]
    form = view.form.only(["play", *(f"{what}.{name}" for name in names for what in ("budget", "most"))])
    chosen = form.several("play")
    errors = {} if chosen else {"play": view.t("campaigns.choose_one")}
    budgets, places = _numbers(view, chosen, errors)
    if errors:
        return _shown(view, errors)
    try:
        adjusted(view.config, chosen, budgets, places)
        audit(view, "run drafted", 0, plays=chosen)  # how many, planning tells
        start(
            view.config,
            "plan",
            [
                "campaign",
                "plan",
                f"--config={view.config.file}",
                f"--snapshot={view.snapshot.run_id}",
                f"--by={actor(view)}",
                *(f"--only={name}" for name in chosen),
                *(f"--budget={name}={number!r}" for name, number in budgets.items()),
                *(f"--most={name}={number}" for name, number in places.items()),
                "--json={report}",
            ],
            actor(view),
        )
    except BadInput as error:
        return _shown(view, {"": str(error)})
    return RedirectResponse(view.link("/campaigns") + "#jobs", 303)


def _numbers(view: View, chosen: tuple[str, ...], errors: dict[str, str]) -> tuple[dict[str, float], dict[str, int]]:
    """Budgets and places of the chosen plays that are others than the playbook's; what is wrong goes to the errors."""
    settings = {one.name: one for one in view.config.play}
    budgets: dict[str, float] = {}
    places: dict[str, int] = {}
    for name in (one for one in chosen if one in settings):
        for what in ("budget", "most"):
            key, before = f"{what}.{name}", getattr(settings[name], what)
            if not (text := view.form.one(key)):
                if before is not None:
                    errors[key] = view.t("campaigns.has_one", number=f"{before:.15g}")
                continue
            try:
                number = above_zero(text)
                if what == "most" and number != int(number):
                    raise ValueError
            except ValueError:
                errors[key] = view.t(f"campaigns.bad_{what}")
                continue
            if number == before:
                continue
            if what == "budget":
                budgets[name] = number
            else:
                places[name] = int(number)
    return budgets, places


def _shown(view: View, errors: Mapping[str, str] | None = None) -> Response:
    config, view = view.config, replace(view, address="/ui/campaigns")
    today = wall(now(), config.project.timezone).date()
    sent = view.request.method == "POST"
    chosen = view.form.several("play")
    return view.render(
        "campaigns/runs.html",
        422 if errors else 200,
        runs=[_row(view, one) for one in _read(view)],
        plays=[_play(view, one, sent, chosen) for one in config.play],
        ahead=ahead(config, today, DAYS, view.language),
        days=DAYS,
        jobs=[job_row(view, one) for one in jobs(config.store_path, "plan")[:JOBS]],
        errors=errors or {},
        actor=actor(view),
    )


def _read(view: View) -> list[Run]:
    found = []
    for run in runs(view.config.store_path)[:RUNS]:
        try:
            _ = run.report, standing(run)
        except BadInput:  # damaged: its own page says so
            continue
        found.append(run)
    return found


def _row(view: View, run: Run) -> dict[str, Any]:
    users = run.report["users"]
    return {
        "as_of": run.manifest["as_of"],
        "name": run.name,
        "href": view.link(f"/campaigns/{run.name}"),
        "snapshot": run.manifest["snapshot"],
        "by": run.manifest["planned_by"],
        "status": status(view, run),
        "standing": standing(run),
        "plays": view.t("campaigns.list").join(called(view, one) for one in run.plays.values()),
        "matched": users["matched"],
        "treated": users["fates"][TREATMENT],
        "held": users["fates"][HOLDOUT],
        "cost": run.report["cost"],
        "all": people(view, run),
        "listed": people(view, run, fate=TREATMENT),
        "kept": people(view, run, fate=HOLDOUT),
    }


def _play(view: View, one: PlaySetting, sent: bool, chosen: tuple[str, ...]) -> dict[str, Any]:
    def given(what: str, value: float | None) -> str:
        return view.form.one(f"{what}.{one.name}") if sent else "" if value is None else f"{value:.15g}"

    settings = one.model_dump()
    return {
        "name": one.name,
        "called": called(view, settings),
        "rules": told(view, settings),
        "channels": ", ".join(one.channels),
        "holdout": one.holdout,
        "cost": one.cost,
        "until": one.until,
        "chosen": one.name in chosen if sent else True,
        "budget": given("budget", one.budget),
        "most": given("most", one.most),
    }
