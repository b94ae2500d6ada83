"""Verification: whether campaigns worked, by what the last ``holdfast verify`` found; and what is not due yet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import RedirectResponse, Response

from features.errors import BadInput
from features.said import both
from serving.api.pages import numbers
from serving.api.pages.handlers.campaigns.parts import actor, called, job_row, verdict
from serving.api.pages.view import View
from serving.campaigns.run import open_run, there
from serving.charts.intervals import interval
from serving.jobs.jobs import jobs, start
from serving.verification.assigned_users import first_exports
from serving.verification.verified_file import read_verified
from training.rows.labels import ahead, window
from training.verification.campaigns.assigned import GLOBAL

JOBS = 1
VERDICTS = ("worked", "harm", "not_proven", "no_trial", "waiting")
CODES = ("no_holdout", "two_arms", "sample_ratio", "one_sided_loss", "imbalance", "assigned_late", "scored_late")


def verification(view: View) -> Response:
    """What was found of each campaign, the newest first."""
    return _shown(view)


def verify(view: View) -> Response:
    """Start a verification of all campaigns."""
    view.form.only(())
    try:
        start(view.config, "verify", ["verify", f"--config={view.config.file}"], actor(view))
    except BadInput as error:
        return _shown(view, 409, str(error))
    return RedirectResponse(view.link("/verification"), 303)


def _shown(view: View, code: int = 200, problem: str = "") -> Response:
    view = replace(view, address="/ui/verification")
    found = read_verified(view.config.store_path)
    plays: Sequence[Mapping[str, Any]] = found["plays"] if found else ()
    spans = {key: _span([one[key] for one in plays if one[key]]) for key in ("churn", "value", "capped_value")}
    told = [_campaign(view, one, spans) for one in plays]
    return view.render(
        "verification.html",
        code,
        found=found,
        verdicts=[(view.t(f"verification.{one}"), view.t(f"verification.{one}_means")) for one in VERDICTS],
        campaigns=[one for one in reversed(told) if one["looked"]],
        refused=[one for one in reversed(told) if not one["looked"] and not one["trial"]["ok"]],
        waiting=[*_waiting(view, plays), *(one for one in told if not one["looked"] and one["trial"]["ok"])],
        jobs=[job_row(view, job) for job in jobs(view.config.store_path, "verify")[:JOBS]],
        problem=problem,
    )


def _campaign(view: View, one: Mapping[str, Any], spans: Mapping[str, tuple[float, float]]) -> dict[str, Any]:
    title, about, href = _title(view, one["campaign_id"])
    moves = one["moves"] or {}
    rows = [_effect(view, key, one[key], spans[key], key == "churn") for key in spans if one[key]]
    if moves.get("planned"):
        move = moves["planned"]
        label = _move(view, move["move"])
        rows.append(_effect(view, "moved", move, _span([move]), True, label))
    arms = one["looked_at"] or one["assigned"]
    return {
        **one,
        "title": title,
        "about": about,
        "href": href,
        "goal": _move(view, one["goal"]) if "->" in one["goal"] else view.t(f"campaigns.goal_{one['goal']}"),
        "looked": bool(one["looked_at"]),
        "rows": rows,
        "reached": one["delivered"] / arms["treatment"] if one["delivered"] is not None and arms["treatment"] else None,
        "then": one["next"][view.language],
        **verdict(view, one),
        "why": [_refused(view, each) for each in one["trial"]["refused"]],
        "lift": _lift(view, one["relative_lift"]),
        "moves": [_told_move(view, each) for each in moves.get("directions", ())],
        "closing": datetime.fromisoformat(one["closes"]),
    }


def _refused(view: View, one: Mapping[str, Any]) -> tuple[str, str]:
    """Why it is no trial: in words, and with its figures, which are told in English alone; "" for what is not there."""
    why = both(one["why"])
    told = view.t(f"verification.{one['code']}") if one["code"] in CODES else ""
    return told, "" if told and view.language == "zh" and why["zh"] == why["en"] else why[view.language]


def _effect(
    view: View, key: str, effect: Mapping[str, Any], span: tuple[float, float], share: bool, label: str = ""
) -> dict[str, Any]:
    """An effect as a row: both arms, the difference with its interval, and that as a picture."""
    shape = numbers.share if share else numbers.money
    difference = numbers.change_points if share else _signed

    def told(value: float | None) -> str:
        return difference(value, view.language)

    ends = view.t("verification.between", low=told(effect["low"]), high=told(effect["high"]))
    words = f"{told(effect['difference'])} ({ends})"
    good = _good(key, effect)
    picture = interval(effect["low"], effect["difference"], effect["high"], span, words, good)
    return {
        "label": label or view.t(f"verification.{key}"),
        "key": key,
        "treatment": shape(effect["treatment"], view.language),
        "holdout": shape(effect["holdout"], view.language),
        "difference": told(effect["difference"]),
        "ends": ends,
        "cls": good,
        "picture": picture,
    }


def _good(key: str, effect: Mapping[str, Any]) -> str:
    """The colour of a difference that is proven; "" where its interval holds zero."""
    low, high = effect["low"], effect["high"]
    if low is None or high is None or low <= 0 <= high:
        return ""
    return "good" if (high < 0) == (key == "churn") else "bad"


def _signed(value: float | None, language: str) -> str:
    told = numbers.money(value, language)
    return f"+{told}" if value is not None and value > 0 and told != "0" else told


def _span(effects: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """The same width for all, zero in the middle."""
    ends = [abs(one[key]) for one in effects for key in ("low", "high", "difference") if one[key] is not None]
    most = max(ends, default=0.0) or 1.0
    return -most, most


def _lift(view: View, lift: Mapping[str, Any] | None) -> str:
    if lift is None or lift["lift"] is None:
        return ""
    told = _percent(view, lift["lift"])
    if lift["low"] is None or lift["high"] is None:
        return view.t("verification.lift_unbounded", lift=told)
    return view.t("verification.lift", lift=told, low=_percent(view, lift["low"]), high=_percent(view, lift["high"]))


def _percent(view: View, value: float) -> str:
    told = numbers.share(value, view.language)
    return f"+{told}" if value > 0 else told


def _move(view: View, text: str) -> str:
    begin, arrow, end = (one.strip() for one in text.replace("→", "->").partition("->"))
    return f"{view.stage(begin)} → {view.stage(end)}" if arrow else text


def _told_move(view: View, one: Mapping[str, Any]) -> dict[str, Any]:
    known = one["move"] in ("up", "down", "stayed")
    return _effect(
        view,
        "move",
        one,
        (-1.0, 1.0),
        True,
        view.t(f"verification.{one['move']}") if known else _move(view, one["move"]),
    )


def _title(view: View, campaign: str) -> tuple[str, str, str]:
    """What a campaign is called, whence it is, and the address of its run; "" where it has none."""
    run, _, play = campaign.rpartition("/")
    if run == GLOBAL:
        return view.t("verification.global"), view.t("verification.global_says"), ""
    if run and there(view.config.store_path, run):
        try:
            found = open_run(view.config.store_path, run)
            title = called(view, found.plays[play]) if play in found.plays else play
            return (
                title,
                view.t("verification.of_run", date=numbers.day(found.as_of, view.language)),
                view.link(f"/campaigns/{run}"),
            )
        except BadInput:
            return campaign, "", ""
    if not run and (own := next((one for one in view.config.play if one.name == campaign), None)):
        return called(view, own.model_dump()), view.t("verification.pooled"), ""
    return campaign, view.t("verification.pooled" if not run else "verification.elsewhere"), ""


def _waiting(view: View, plays: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Exported plays that the last verification did not know: when their windows close."""
    known, days = {one["campaign_id"] for one in plays}, window(view.config) / timedelta(days=1)
    found = []
    for (run, play), at in first_exports(view.config.store_path).items():
        if f"{run}/{play}" not in known:
            title, about, href = _title(view, f"{run}/{play}")
            found.append(
                {"title": title, "about": about, "href": href, "closing": ahead(view.config, at, days), "says": ""}
            )
    return found
