"""What is served now: one model and one snapshot, taken once by every request, so that no answer mixes two."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from features.config import Config
from features.errors import BadInput
from features.said import Said
from serving.api.guard import logs, metrics
from serving.api.predict.predictor import Predictor
from serving.api.reload import golden_rows, model_cache
from serving.api.reload.watcher import MODEL, SNAPSHOT
from serving.api.reload.watcher_client import Candidates
from serving.api.runtime_patches import settle
from serving.batch.snapshot import Snapshot, open_snapshot
from serving.monitoring import gauges
from serving.monitoring.stale import stale
from training.tracking import Version

START = 180.0  # seconds to find the first model and snapshot


@dataclass(frozen=True)
class Current:
    """A model, the snapshot beside it (None: none yet), and the predictor."""

    model: Version
    snapshot: Snapshot | None
    predictor: Predictor


class Live:
    """Holds what is served now; a request calls ``current()`` and nothing else.

    Another process watches for a new champion and a new snapshot, fetches, checks and tries them. Here a thread loads
    them and puts them in place whole; until then, and where they are refused, the old ones keep serving.
    """

    def __init__(self, config: Config):
        """Wait for the first model, or take the one that served last where the registry gives none.

        Raises BadInput where there is neither.
        """
        self.config = config
        self._current: Current | None = None
        self._snapshot: Snapshot | None = None
        self._lock = Lock()
        self._candidates = Candidates(config, {MODEL: "", SNAPSHOT: ""}, self._take)
        self._candidates.wait(MODEL, START)
        if self._current is None:
            self._take_last()
        self._candidates.wait(SNAPSHOT, START)

    def current(self) -> Current:
        """What is served now."""
        assert self._current is not None  # there is one before the first request
        return self._current

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether there is something to serve, and what /readyz says of it."""
        now = self._current
        if now is None:
            return False, self._candidates.status()
        versions = {"model_version": now.model.name, "snapshot": now.snapshot.run_id if now.snapshot else None}
        old = {name: said.en for name, said in self.stale().items()}
        return True, versions | self._candidates.status() | ({"stale": old} if old else {})

    def stale(self) -> dict[str, Said]:
        """What of the served snapshot is too old by the clock, with a sentence each."""
        snapshot = self._snapshot
        return stale(self.config, snapshot.manifest, _now()) if snapshot else {}

    def measure(self) -> None:
        """Set the gauges of /metrics that change by themselves: ages, and what the last monitoring found."""
        gauges.measure(self.config.store_path, self._snapshot.manifest if self._snapshot else {}, _now())

    def close(self) -> None:
        """Stop watching; what is served stays."""
        self._candidates.close()

    def _take(self, kind: str, found: Mapping[str, Any]) -> None:
        if kind == MODEL:
            place = model_cache.Place(found["number"], found["run_id"], found["folder"])
            self._take_model(place, found["golden"])
            model_cache.served(self.config.store_path, place)
        else:
            self._take_snapshot(open_snapshot(Path(found["folder"])))
        settle()

    def _take_model(self, place: model_cache.Place, expected: Mapping[str, Any]) -> None:
        """Load a model that the watcher tried, warm it, and serve it if golden rows score here as they did there."""
        version = place.version()
        predictor = Predictor(self.config, version)
        if golden_rows.differ(golden_rows.outcome(version.bundle), dict(expected)):
            raise BadInput(f"model {version.name} scores golden rows differently here; take another version")
        predictor.rows(golden_rows.rows(version.bundle).slice(0, 2).to_pylist(), "en")
        with self._lock:
            before, self._current = self._current, Current(version, self._snapshot, predictor)
        metrics.serving(metrics.MODEL, (before.model.name,) if before else None, (version.name,))

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        """Open the parts of a snapshot that the watcher read from end to end, and serve it."""
        snapshot.warm()
        with self._lock:
            before, self._snapshot = self._snapshot, snapshot
            self._current = self._current and replace(self._current, snapshot=snapshot)
        metrics.serving(metrics.SNAPSHOT, _named(before) if before else None, _named(snapshot))

    def _take_last(self) -> None:
        status, place = self._candidates.status(), model_cache.last(self.config.store_path)
        why = status["refused"].get(MODEL, {}).get("why") or status["trouble"].get(MODEL) or "no answer in time"
        try:
            if place is None:
                raise BadInput("none was served from here before")
            version = place.version()
            self._take_model(place, golden_rows.outcome(version.bundle))
        except BadInput as error:
            self.close()
            raise BadInput(f"{self.config.file.name}: no champion to serve ({why}), and {error}") from None
        logs.event("the model that served last goes on", level=30, model=version.name, why=why)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _named(snapshot: Snapshot) -> tuple[str, str]:
    return snapshot.run_id, snapshot.manifest["as_of"]
