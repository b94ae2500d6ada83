"""Whether a model is to be trained again: by its age, its configuration, or what monitoring found."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from features import whole_files
from features.errors import BadInput
from features.user_base import UserBase
from features.wall_clock import days_between
from training.tracking.registry import Version

FILE = "trained.json"  # the last training of the schedule, promoted or not
RETRAIN = "retrain"  # the verdict of monitoring that asks for it


def why_train(
    base: UserBase, champion: Version | None, verdict: str, tried: Mapping[str, Any] | None
) -> tuple[bool, str]:
    """Whether to train now, and why or why not. verdict: of the newest monitoring, empty where there is none. tried:
    the last training, see ``last_tried``: what it learned from is not learned from twice."""
    config, end = base.config, base.tables.observed_until
    if tried and tried["tables"] == base.tables.fingerprint and tried["config"] == config.model_hash():
        return False, f"trained on these tables already, {tried['model']}"
    if champion is None:
        return True, "there is no champion yet"
    if champion.bundle.config_hash != config.model_hash():
        return True, f"the champion {champion.name} was trained for another configuration"
    closed = datetime.fromisoformat(champion.bundle.trained_on["labels_close"])
    age, most = days_between(closed, end, config.project.timezone), config.schedule.train_days
    since = age if tried is None else days_between(datetime.fromisoformat(tried["as_of"]), end, config.project.timezone)
    if verdict == RETRAIN and since >= config.schedule.retrain_days:
        return True, f"monitoring says: {RETRAIN}"
    if min(age, since) >= most:
        return True, f"the champion {champion.name} is {age:.0f} days old (schedule.train_days = {most:g})"
    return False, f"the champion {champion.name} is {age:.0f} days old, due at {most:g} (schedule.train_days)"


def last_tried(store: Path) -> dict[str, Any] | None:
    """What the schedule trained last; None where it never did, or the note of it is damaged."""
    try:
        return whole_files.read_sealed(store / "schedule" / FILE)
    except BadInput:
        return None


def note_tried(base: UserBase, model: str) -> None:
    """Note that a model was trained on the tables as they are."""
    file = base.config.store_path / "schedule" / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    about = {
        "tables": base.tables.fingerprint,
        "config": base.config.model_hash(),
        "as_of": base.tables.observed_until.isoformat(),
        "model": model,
    }
    whole_files.write_sealed(file, about)
