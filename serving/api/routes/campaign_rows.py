"""Campaign runs, and what they decided about one user, as the API gives them."""

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from features.errors import BadInput
from features.said import both
from serving.api.routes.snapshot_rows import known_as
from serving.campaigns import one_user
from serving.campaigns.fates import HOLDOUT, TREATMENT, words
from serving.campaigns.receipts import approval, cancelled, receipts
from serving.campaigns.run import Run, runs
from serving.scoring.phrase import Lang


def standing(run: Run) -> str:
    """Where a run stands: draft, approved, exported or cancelled."""
    if cancelled(run):
        return "cancelled"
    if any(receipts(run.folder)):
        return "exported"
    return "approved" if approval(run) else "draft"


def summaries(store: Path) -> Iterator[dict[str, Any]]:
    """Every run, the newest first, as ``CampaignSummary``. One that is damaged is left out, and the log says which."""
    for run in runs(store):
        try:
            users = run.report["users"]
            yield {
                "run": run.name,
                "as_of": run.manifest["as_of"],
                "planned_by": run.manifest["planned_by"],
                "standing": standing(run),
                "plays": len(run.plays),
                "matched": users["matched"],
                "treated": users["fates"][TREATMENT],
                "held_back": users["fates"][HOLDOUT],
                "cost": run.report["cost"],
            }
        except BadInput as error:
            logging.getLogger("holdfast.api").error("%s", error)


def report(run: Run) -> dict[str, Any]:
    """A run's report and where it stands, as ``CampaignAnswer``."""
    told = run.report
    names = {name: {"en": play["en"] or name, "zh": play["zh"] or name} for name, play in run.plays.items()}
    exported = [receipt["play"] for _, receipt in receipts(run.folder)]
    return told | {
        "snapshot": run.manifest["snapshot"],
        "planned_by": run.manifest["planned_by"],
        "standing": standing(run),
        "approved": _decided(approval(run)),
        "cancelled": _decided(cancelled(run)),
        "exported": list(dict.fromkeys(exported)),
        "plays": [one | names[one["name"]] | {"rank": _rank(one["rank"])} for one in told["plays"]],
        "notes": [both(one) for one in run.manifest["notes"]],
    }


def _rank(rank: dict[str, Any]) -> dict[str, Any]:
    return rank | {"why": both(rank["why"])}


def ids(text: str) -> tuple[int | str, ...]:
    """What tables may have a user as whose id came as text: a table of numbers finds the one, of texts the other."""
    return tuple(dict.fromkeys((known_as(text, whole=True), text)))


def contact(run: Run, text: str, lang: Lang) -> dict[str, Any] | None:
    """What a run decided about a user, as ``ContactAnswer`` without global_holdout; None where no play matched an id
    like that."""
    found = run.look_up(ids(text))["user_id"].to_pylist()
    if not found:
        return None
    user = found[0]
    told = one_user.contact(run, user)
    reason = told["reason"]
    return _about(run, user) | {
        **told,
        "send_after": _time(told["send_after"]),
        "send_before": _time(told["send_before"]),
        "reason_text": reason and words(reason, lang),
        "fates": [_fate(run, one, lang) for one in one_user.fates(run, user)],
    }


def unmatched(run: Run, user: int | str) -> dict[str, Any]:
    """The same for a user whom no play matched."""
    nothing = ("play", "arm", "channel", "send_after", "send_before", "reason", "reason_text")
    return _about(run, user) | dict.fromkeys(nothing) | {"fates": []}


def _about(run: Run, user: int | str) -> dict[str, Any]:
    return {"user_id": user, "run": run.name, "as_of": run.manifest["as_of"], "standing": standing(run)}


def _fate(run: Run, one: dict[str, Any], lang: Lang) -> dict[str, Any]:
    play = run.plays[one["play"]]
    return {
        "play": one["play"],
        "called": play[lang] or one["play"],
        "fate": one["fate"],
        "text": one[lang],
        "channel": one.get("channel"),
        "until": play["until"],
    }


def _decided(told: dict[str, Any] | None) -> dict[str, Any] | None:
    return told and {"by": told["by"], "at": told["at"]}


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
