"""One campaign run: its numbers, plays by priority with what became of their users, and what may be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from starlette.responses import Response

from features.errors import BadInput
from features.said import both
from serving.api.pages.handlers.campaigns.parts import actor, called, job_row, people, run_of, status, verdict
from serving.api.pages.told.rules import told
from serving.api.pages.view import View
from serving.api.routes.campaign_rows import standing
from serving.campaigns.export import WHICH
from serving.campaigns.fates import FATES, HOLDOUT, TREATMENT, words
from serving.campaigns.formats.receivers import REASONS as LEFT_OUT
from serving.campaigns.formats.table import LIST
from serving.campaigns.receipts import approval, cancelled, drafted, receipts
from serving.campaigns.run import LISTS, Run
from serving.charts.bars import Part, legend, stacked
from serving.jobs.jobs import jobs
from serving.terminal.outcomes import LEFT_OUT_ZH
from serving.verification.verified_file import read_verified

JOBS = 3


def run(view: View) -> Response:
    """The run that the address names."""
    return shown(view, run_of(view))


def shown(view: View, one: Run, code: int = 200, problem: str = "") -> Response:
    """The page of a run. problem: why what was asked for was not done."""
    report, view = one.report, replace(view, address=f"/ui/campaigns/{one.name}")
    mine = [job for job in jobs(view.config.store_path, "export") if job.about.get("run") == one.name]
    everybody = parts(view, one, report["users"]["fates"])
    return view.render(
        "campaigns/run.html",
        code,
        run=one,
        report=report,
        standing=standing(one),
        stands=status(view, one),
        treated=report["users"]["fates"][TREATMENT],
        held=report["users"]["fates"][HOLDOUT],
        links={"all": people(view, one), **{arm: people(view, one, fate=arm) for arm in (TREATMENT, HOLDOUT)}},
        legend=legend(everybody),
        plays=[_play(view, one, number, told) for number, told in enumerate(report["plays"], 1)],
        ended=report["ended"],
        notes=[both(each)[view.language] for each in one.manifest["notes"]],
        approval=approval(one),
        cancelled=cancelled(one),
        own=drafted(one, actor(view)),
        receipts=[_receipt(view, one, place, receipt) for place, receipt in receipts(one.folder)],
        formats=[each.name for each in LIST],
        which=WHICH,
        jobs=[job_row(view, job) for job in mine[:JOBS]],
        problem=problem,
        came=_came(view, one),
        sent=view.request.method == "POST",
    )


def parts(view: View, one: Run, fates: Mapping[str, int], play: str = "") -> list[Part]:
    """What became of users, those that are: for bars and legends, each a link to them for who may see users."""
    return [
        Part(
            words(fate, view.language),
            fates[fate],
            view.n(fates[fate]),
            f"fate-{fate}",
            people(view, one, play, fate=fate) or None,
        )
        for fate in FATES
        if fates[fate]
    ]


def _play(view: View, one: Run, number: int, report: Mapping[str, Any]) -> dict[str, Any]:
    name, settings = report["name"], one.plays[report["name"]]
    became = parts(view, one, report["fates"], name)
    return {
        "number": number,
        "name": name,
        "called": (title := called(view, settings)),
        "rules": told(view, settings) if "all" in settings else "",
        "channels": ", ".join(settings["channels"]),
        "matched": report["matched"],
        "bar": stacked(became, title, 18),
        "became": became,
        "treated": report["fates"][TREATMENT],
        "held": report["fates"][HOLDOUT],
        "cost": report["cost"],
        "at_stake": at_stake(one, name),
        "all": people(view, one, name),
        "listed": people(view, one, name, fate=TREATMENT),
        "kept": people(view, one, name, fate=HOLDOUT),
        "settings": settings,
        "goal": goal(view, settings["goal"]),
        "by": view.t(f"campaigns.by_{report['rank']['by']}"),
        "why": both(report["rank"]["why"])[view.language],
    }


def goal(view: View, text: str) -> str:
    """What a play is to change."""
    begin, arrow, end = (one.strip() for one in text.partition("->"))
    return f"{view.stage(begin)} → {view.stage(end)}" if arrow else view.t(f"campaigns.goal_{begin}")


def at_stake(one: Run, play: str) -> float:
    """Value at stake of those on a play's list; who was not scored adds none. Raises BadInput where it was changed."""
    file = f"{LISTS}/{play}/full.parquet"
    return _at_stake(one.folder, one.place(file), one.manifest["files"].get(file, ""))


@lru_cache(maxsize=1024)
def _at_stake(folder: Path, name: str, wanted: str) -> float:
    file = Run(folder, {"files": {name: wanted}}).check(name)
    return float(pc.sum(pq.read_table(file, columns=["value_at_stake"])["value_at_stake"]).as_py() or 0)


def _came(view: View, one: Run) -> list[dict[str, Any]]:
    """What the last verification found of the run's plays; none where there was none, or where it cannot be read,
    which its own page says."""
    try:
        found = read_verified(view.config.store_path)
    except BadInput:
        found = None
    by_play = {f"{one.name}/{name}": called(view, play) for name, play in one.plays.items()}
    plays = [told for told in (found["plays"] if found else ()) if told["campaign_id"] in by_play]
    return [{"play": by_play[told["campaign_id"]], **verdict(view, told)} for told in plays]


def _receipt(view: View, one: Run, place: Path, receipt: Mapping[str, Any]) -> dict[str, Any]:
    left = LEFT_OUT_ZH if view.language == "zh" else LEFT_OUT
    why: Sequence[tuple[str, int]] = [
        *((words(name, view.language), n) for name, n in receipt["dropped"].items()),
        *((left.get(name, name), n) for name, n in receipt["left_out"].items()),
    ]
    return {
        "play": called(view, one.plays[receipt["play"]]) if receipt["play"] in one.plays else receipt["play"],
        "format": receipt["format"],
        "which": view.t(f"campaigns.which_{receipt['which']}"),
        "at": receipt["at"],
        "by": receipt["by"],
        "rows": receipt["rows"].items(),
        "left": why,
        "files": [
            {"href": view.link(f"/campaigns/{one.name}/files/{place.name}/{number}"), **told}
            for number, told in enumerate(receipt["files"])
        ],
    }
