"""What the pages of campaigns share: who acts, a run by its address, plays and jobs as they are shown."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from serving.api.contract.errors import Problem, Refused
from serving.api.pages import numbers
from serving.api.pages.view import View
from serving.api.routes.campaign_rows import standing
from serving.campaigns.plan import account
from serving.campaigns.run import Run, open_run, there
from serving.jobs.jobs import Job

VERDICTS = {"worked": "good", "harm": "bad"}  # their colours
LARGEST = 1e12  # of a number in a form


def actor(view: View) -> str:
    """Who does it, as it is kept: the name of the key; where no keys are configured, the account of the service."""
    return view.who.name or account()


def run_of(view: View) -> Run:
    """The run that the address names. Raises Refused (404) where there is none."""
    name, store = view.request.path_params["run"], view.config.store_path
    if not there(store, name):
        raise Refused(Problem(404, "unknown_run", view.t("campaigns.no_run"), "run"))
    return open_run(store, name)


def called(view: View, play: Mapping[str, Any]) -> str:
    """What a play is called in the language of the page."""
    return str((play["zh"] if view.language == "zh" else play["en"]) or play["name"])


def people(view: View, run: Run, play: str = "", **query: Any) -> str:
    """The address of a play's users, or of all users of the run; "" for who may not see users."""
    where = f"play/{play}" if play else "people"
    return view.link(f"/campaigns/{run.name}/{where}", **query) if view.may("people") else ""


def job_row(view: View, job: Job) -> dict[str, Any]:
    """A job as a page shows it."""
    text = view.t(f"campaigns.job_{job.kind}_{job.state}", by=job.by, at=numbers.moment(job.at, view.language))
    run = job.run or job.about.get("run")
    return {
        "text": text,
        "state": job.state,
        "said": job.said,
        "href": view.link(f"/campaigns/{run}") if run else "",
        "cls": {"running": "accent", "done": "good"}.get(job.state, "bad"),
    }


def verdict(view: View, one: Mapping[str, Any]) -> dict[str, str]:
    """What the verification says of a campaign: in a word, its colour, and in a sentence."""
    waits = "waiting" if not one["looked_at"] else one["verdict"].replace(" ", "_")
    word = waits if one["trial"]["ok"] else "no_trial"
    said = one["sentence"][view.language]
    return {"word": view.t(f"verification.{word}"), "cls": VERDICTS.get(one["verdict"], "soft"), "says": said}


def status(view: View, run: Run) -> str:
    """Where a run stands, in words."""
    return view.t(f"campaigns.{standing(run)}")


def above_zero(text: str) -> float:
    """A number as people type it; raises ValueError where it is none, or not above 0."""
    number = float(text.replace(" ", ""))
    if not isfinite(number) or not 0 < number <= LARGEST:
        raise ValueError(text)
    return number


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
