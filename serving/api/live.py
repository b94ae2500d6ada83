"""What is served now: one model and one snapshot, taken once by every request, so that no answer mixes two."""

from dataclasses import dataclass
from typing import Any

from features.config import Config
from features.errors import BadInput
from serving.api.predictor import Predictor
from serving.batch.snapshot import Snapshot, latest
from training.tracking import Version, champion


@dataclass(frozen=True)
class Current:
    """A model, the snapshot beside it (None: there is none yet), and what predicts with them."""

    model: Version
    snapshot: Snapshot | None
    predictor: Predictor


class Live:
    """Holds what is served now. ``current()`` is all that a request asks."""

    def __init__(self, config: Config):
        self.config = config
        model = champion(config)
        if model is None:
            raise BadInput(f"{config.file.name}: no champion in the registry; run 'holdfast train'")
        self._model, self._predictor = model, Predictor(config, model)

    def current(self) -> Current:
        """What is served now."""
        try:
            snapshot = latest(self.config.store_path)
        except BadInput:
            snapshot = None
        return Current(self._model, snapshot, self._predictor)

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether there is something to serve, and what /readyz says of it."""
        return True, {"model_version": self._model.name}
