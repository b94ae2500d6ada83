"""A campaign of the users of a list: their filter becomes the rules of a play, and a run of it alone is drafted."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from features.config.mistakes import one_line
from features.config.operations.plays import PlaySetting
from features.errors import BadInput
from serving.api.pages.audit import audit
from serving.api.pages.handlers.campaigns.parts import above_zero, actor
from serving.api.pages.handlers.campaigns.run import goal
from serving.api.pages.handlers.lists import told
from serving.api.pages.listed import counted
from serving.api.pages.people import ABSENT, Filter, asked
from serving.api.pages.view import View
from serving.campaigns.drafts.adjusted import adjusted
from serving.campaigns.drafts.play_file import keep_play
from serving.jobs.jobs import start

FIELDS = ("name", "title", "channel", "offer", "kind", "cost", "budget", "most", "holdout", "goal")
KINDS = ("promotion", "service", "care")
WELL = "active"  # the stage that a move is planned to


def new(view: View) -> Response:
    """The form, and what it sends: the play is kept in the store, and a run of it alone is planned."""
    whom = asked(view.request.query_params)
    problem = view.t("campaigns.no_rule") if any(ABSENT in given for given in whom.values.values()) else ""
    if view.request.method != "POST" or problem:
        return _shown(view, whom, {"": problem} if problem else {})
    form = view.form.only(FIELDS)
    errors: dict[str, str] = {}
    play = _play(view, whom, errors)
    if play is None or errors:
        return _shown(view, whom, errors)
    try:
        adjusted(view.config.model_copy(update={"play": [play]}))  # before anything is kept
        if form.one("name") in {one.name for one in view.config.play}:
            return _shown(view, whom, {"name": view.t("campaigns.name_taken")})
        audit(view, "run drafted", int(_users(view, whom) or 0), plays=(play.name,), filter=whom.query)
        file = keep_play(view.config.store_path, play)
        arguments = [
            "campaign",
            "plan",
            f"--config={view.config.file}",
            f"--snapshot={view.snapshot.run_id}",
            f"--by={actor(view)}",
            f"--add={file}",
            f"--only={play.name}",
            "--json={report}",
        ]
        start(view.config, "plan", arguments, actor(view), {"play": play.name})
    except BadInput as error:
        return _shown(view, whom, {"": str(error)})
    return RedirectResponse(view.link("/campaigns") + "#jobs", 303)


def _play(view: View, whom: Filter, errors: dict[str, str]) -> PlaySetting | None:
    """The play of the form; None, with what is wrong by field, where it cannot be one."""
    form = view.form
    given: dict[str, Any] = {
        "name": form.one("name"),
        "en": form.one("title"),
        "zh": form.one("title"),
        "all": whom.rules,
        "channels": list(form.several("channel")),
        "offer": form.one("offer"),
        "kind": form.one("kind"),
        "goal": form.one("goal"),
    }
    for key in ("cost", "budget", "most", "holdout"):
        if (text := form.one(key)) and not (key == "cost" and text.strip("0.") == ""):
            try:
                number = above_zero(text)
            except ValueError:
                errors[key] = view.t("campaigns.bad_number")
                continue
            given[key] = int(number) if key == "most" and number == int(number) else number
    given["holdout"] = given.get("holdout", 0.0) / 100
    given["verify"] = given["holdout"] > 0
    if not given["channels"]:
        errors["channel"] = view.t("campaigns.choose_channel")
    if not re.fullmatch(r"[A-Za-z0-9][\w-]{0,59}", given["name"]):
        errors["name"] = view.t("campaigns.bad_name")
    if given.get("cost") and not given.get("budget"):
        errors.setdefault("budget", view.t("campaigns.needs_budget"))
    if given["holdout"] >= 1:
        errors["holdout"] = view.t("campaigns.bad_holdout")
    if errors:
        return None
    try:
        return PlaySetting(**given)
    except ValidationError as error:
        errors[str((error.errors()[0]["loc"] or ("",))[0])] = one_line(error, PlaySetting)
        return None


def _shown(view: View, whom: Filter, errors: Mapping[str, str]) -> Response:
    moves = [f"{one} -> {WELL}" for one in whom.values.get("stage", ()) if one != WELL and one in view.stages]
    sent = view.request.method == "POST"
    first = {
        "name": _name(view, whom),
        "title": told(view, whom),
        "holdout": "10",
        "kind": "promotion",
        "goal": "churn",
    }
    known = dict.fromkeys(FIELDS, "") | first
    return view.render(
        "campaigns/new.html",
        422 if errors else 200,
        whom=whom,
        told=told(view, whom),
        users=_users(view, whom),
        list=view.list_link(**whom.query),
        action=view.link("/campaigns/new", **whom.query),
        values={key: view.form.one(key) for key in FIELDS} if sent else known,
        channels=list(view.config.contact.channels),
        chosen=view.form.several("channel") if sent else tuple(view.config.contact.channels),
        kinds=KINDS,
        goals=[(one, goal(view, one)) for one in ("churn", "value", *(moves if WELL in view.stages else ()))],
        errors=errors,
        actor=actor(view),
    )


def _users(view: View, whom: Filter) -> float | None:
    found = counted(view.snapshot, whom)
    return found["users"] if found else None


def _name(view: View, whom: Filter) -> str:
    """A name to begin with: of the filter, and the day of the snapshot."""
    words = re.findall(r"[A-Za-z0-9]+", " ".join(one for given in whom.values.values() for one in given), re.ASCII)
    return "_".join([*words[:4], view.snapshot.manifest["as_of"][:10].replace("-", "")])[:60]
