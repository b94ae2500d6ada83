"""A small base, trained and scored, for benchmarks of the service: its registry and snapshots can be changed."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from features.config import Config, load
from features.simulate import simulate
from features.user_base import opened
from serving.api.reload import golden_rows
from serving.batch.score import score
from training import job
from training.bundle import save
from training.models.calibration import Correction
from training.tracking import champion, client
from training.tracking.logged_model import register
from training.tracking.registry import CHAMPION
from training.trained_model import Bundle

TOML = """\
[tables.orders]
path = "data/orders/*.parquet"
[tables.events]
path = "data/events/*.parquet"
[tables.users]
path = "data/users/*.parquet"
fixed = ["plan"]
[churn]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 4
"""


@dataclass
class Shop:
    """A trained and scored base, and ways to change what its registry and its snapshots are."""

    config: Config
    bundle: Bundle
    made: int = 0

    def add(self, shift: float, spoil: Callable[[Bundle], Bundle] = lambda bundle: bundle) -> str:
        """Register the model with every log-odds moved; its number. It is not champion yet."""
        self.made += 1
        bundle = spoil(replace(self.bundle, correction=Correction("shift", 1.0, shift)))
        folder = self.config.store_path / "made" / str(self.made)
        save(bundle, folder)
        with client(self.config):
            import mlflow

            with mlflow.start_run():
                return register(self.config, bundle, folder, {"bundle": bundle.version})

    def crown(self, number: str) -> None:
        with client(self.config) as registry:
            registry.set_registered_model_alias(self.config.project.name, CHAMPION, number)

    def files(self, number: str) -> Path:
        """Where a registered version's files are."""
        with client(self.config):
            import mlflow

            place = mlflow.artifacts.download_artifacts(f"models:/{self.config.project.name}/{number}")
        return next(Path(place).glob("data/*/manifest.json")).parent

    def second_snapshot(self) -> tuple[Path, Path]:
        """The snapshot, and one more like it."""
        pointer = self.config.store_path / "snapshots" / "latest"
        first = pointer.with_name(pointer.read_text().strip())
        second = first.with_name(first.name + "-2")
        shutil.copytree(first, second, dirs_exist_ok=True)
        return first, second

    def row(self) -> dict[str, Any]:
        """A row of ready features."""
        return golden_rows.rows(self.bundle).slice(5, 1).to_pylist()[0]


def shop(folder: Path, users: int, more: str = "") -> Shop:
    """Simulate, train and score, promoted whatever its figures: it is the service that is tried here. more:
    settings."""
    simulate(folder / "data", users, days=240)
    (folder / "holdfast.toml").write_text(TOML + more)
    config = load(folder / "holdfast.toml")
    job.gate = lambda *_: (True, "a benchmark")  # type: ignore[assignment]
    with opened(config) as base:
        job.train(base)
        model = champion(config)
        assert model is not None
        score(base, model)
    return Shop(config, model.bundle)
