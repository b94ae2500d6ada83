"""The snapshots of a store by date: the newest, the one before, the model's first, and those whose windows closed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from features.config import Config
from features.errors import BadInput
from serving.batch.listing import shelf
from serving.batch.snapshot import Snapshot
from training.rows.labels import DAY, ahead, window


def by_date(store: Path) -> list[Snapshot]:
    """One snapshot for each as-of, the oldest first: of several of one moment that which was finished last.

    What cannot be opened is passed over. Raises BadInput where there is none.
    """
    found: dict[str, Snapshot] = {}
    for entry in reversed(shelf(store)):  # the oldest first
        if entry.snapshot is not None:
            found[entry.snapshot.manifest["as_of"]] = entry.snapshot
    if not found:
        raise BadInput(f"{store / 'snapshots'}: no snapshot to monitor yet; make one with 'holdfast score'")
    return [found[at] for at in sorted(found)]


def as_of(snapshot: Snapshot) -> datetime:
    """The moment that a snapshot tells of (UTC)."""
    return datetime.fromisoformat(snapshot.manifest["as_of"])


def in_hindsight(snapshot: Snapshot) -> bool:
    """Whether its model had learned from outcomes after the snapshot's as-of: such a snapshot proves nothing."""
    return (snapshot.manifest.get("labels_close") or "") > snapshot.manifest["as_of"]


def before(found: Sequence[Snapshot], now: Snapshot) -> Snapshot | None:
    """The newest snapshot of an earlier moment."""
    return next((one for one in reversed(found) if as_of(one) < as_of(now)), None)


def first_of_model(found: Sequence[Snapshot], now: Snapshot) -> Snapshot | None:
    """The oldest snapshot that the same model scored, if it is not this one."""
    same = [one for one in found if one.manifest["model_version"] == now.manifest["model_version"]]
    return same[0] if same and as_of(same[0]) < as_of(now) else None


def closed(
    config: Config, found: Sequence[Snapshot], until: datetime, count: int, days: float | None = None
) -> list[Snapshot]:
    """Past snapshots whose outcome window had closed when the logs end: the newest, then others at least a horizon
    apart, ``count`` at most, the oldest first. days: of the window and between them; default: as configured.

    Left out are snapshots of a model that was trained for other settings: their risks are of another churn.
    """
    taken: list[Snapshot] = []
    span = window(config) / DAY if days is None else config.churn.gap_days + days
    step = timedelta(days=config.horizon if days is None else days)
    for one in reversed(found):
        fits = one.manifest.get("model_hash", config.model_hash()) == config.model_hash()
        if not fits or ahead(config, as_of(one), span) > until:
            continue
        if not taken or as_of(taken[-1]) - as_of(one) >= step:
            taken.append(one)
        if len(taken) == count:
            break
    return taken[::-1]
