"""What campaigns decided about one user: for people who ask why, and programs that decide on the spot."""

from collections.abc import Mapping
from typing import Any

from features.config.operations.contact import Contact
from serving.campaigns.fates import BY_PLAY, words
from serving.campaigns.policy import in_global_holdout
from serving.campaigns.run import Run
from serving.scoring.bucket import bucket

FATE = ("arm", "reason", "channel", "plays_matched", *(f"plays_{name}" for name in BY_PLAY))  # what tells it


def fates(run: Run, user: int | str) -> list[dict[str, Any]]:
    """The plays of a run that matched a user, by priority: ``play``, ``fate``, and its words, ``en`` and ``zh``."""
    rows = run.look_up([user], FATE).to_pylist()
    return [
        _of(play, rows[0]) for play in run.plays.values() if rows and rows[0]["plays_matched"] >> play["number"] & 1
    ]


def _of(play: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    bit = 1 << play["number"]
    why = next((name for name in BY_PLAY if row[f"plays_{name}"] & bit), None)
    fate = why or row["arm"] or row["reason"]
    told = {"play": play["name"], "fate": fate, "en": words(fate), "zh": words(fate, "zh")}
    return told if why else told | {"channel": row["channel"]}


def contact(run: Run, user: int | str) -> dict[str, Any]:
    """Whether a run lets a user be written to: ``play``, ``arm``, ``channel`` and ``reason``; all null where no play
    matched the user, or nobody knows the id."""
    rows = run.look_up([user]).to_pylist()
    keys = ("play", "arm", "channel", "reason", "send_after", "send_before")
    return {"run": run.name, **{key: rows[0][key] if rows else None for key in keys}}


def held_out(settings: Contact, user: int | str) -> bool:
    """Whether the user is in the global holdout of the epoch: in no play at all. The id alone tells."""
    return in_global_holdout(settings.epoch, settings.global_holdout, bucket(user))
