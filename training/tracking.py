"""Runs, models and the champion in MLflow; imported here alone and only inside functions, for it takes seconds."""

import fcntl
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.config import Config
from features.errors import BadInput
from training.backtest import Result, plain
from training.bundle import Bundle, load

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"


@dataclass(frozen=True)
class Version:
    """A registered model: its number in the registry, the run that made it, and what it is."""

    number: str
    run_id: str
    bundle: Bundle

    @property
    def name(self) -> str:
        """As shown to people and written into snapshots."""
        return f"v{self.number}-{self.bundle.version}"


def uri(config: Config) -> str:
    """Where runs are kept: MLFLOW_TRACKING_URI, or a sqlite file in the store."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{config.store_path}/mlflow.db"


@contextmanager
def client(config: Config) -> Iterator["MlflowClient"]:
    """MLflow pointed at the configured server, quiet, its telemetry off, its experiment there."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    remote = os.environ.get("MLFLOW_TRACKING_URI")
    config.store_path.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), redirect_stderr(StringIO()), _environment():
        warnings.simplefilter("ignore")
        import mlflow

        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        mlflow.set_tracking_uri(uri(config))
        mlflow.set_registry_uri(uri(config))
        try:
            # Processes that create the database at once break each other: one at a time.
            with (config.store_path / "mlflow.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if mlflow.get_experiment_by_name(config.project.name) is None:
                    place = None if remote else (config.store_path / "mlartifacts").as_uri()
                    mlflow.create_experiment(config.project.name, artifact_location=place)
            mlflow.set_experiment(config.project.name)
        except (MlflowException, SQLAlchemyError) as error:
            where = "MLFLOW_TRACKING_URI" if remote else f"{config.store_path}/mlflow.db"
            cause = type(error.__cause__ or error).__name__  # its text may hold the password of the address
            raise BadInput(f"{where}: MLflow cannot be used there ({cause}); check that it is up and whole") from None
        yield mlflow.MlflowClient()


@contextmanager
def _environment() -> Iterator[None]:
    """Afterwards MLflow's variables are as before: what it sets itself would pass for the person's choice."""
    before = {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_")}
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("MLFLOW_") and name not in before]:
            del os.environ[name]
        os.environ.update(before)


def log(
    config: Config,
    result: Result,
    bundle: Bundle,
    folder: Path,
    pictures: Sequence[Path],
    promote: bool,
    reason: str,
) -> Version:
    """Log one training run and register its bundle (saved in ``folder``); make it champion when ``promote``."""
    with client(config) as registry:
        import mlflow
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        with mlflow.start_run(tags={"config_hash": config.hash(), "bundle": bundle.version, "gate": reason}) as run:
            mlflow.log_params(_params(config, result, bundle))
            for metrics in (plain(result.churn), plain(result.value)):
                for name, one in metrics.items():
                    mlflow.log_metrics({f"{name}.{key}": x for key, x in one.items() if x is not None})
            for picture in pictures:
                mlflow.log_artifact(str(picture), "pictures")
            mlflow.log_dict(
                {"cutoffs": bundle.trained_on["cutoffs"], "features": list(bundle.features)}, "trained_on.json"
            )
            info = mlflow.pyfunc.log_model(
                name="bundle",
                loader_module="training.bundle",
                data_path=str(folder),
                signature=ModelSignature(
                    Schema(
                        [ColSpec("string" if name in bundle.encodings else "double", name) for name in bundle.features]
                    )
                ),
                pip_requirements=[],
                registered_model_name=config.project.name,
            )
        number = str(info.registered_model_version)
        if promote:
            registry.set_registered_model_alias(config.project.name, CHAMPION, number)
        return Version(number, run.info.run_id, bundle)


def champion(config: Config) -> Version | None:
    """The champion of the registry, its hashes checked; None where there is none yet."""
    with client(config) as registry:
        import mlflow
        from mlflow.exceptions import MlflowException

        try:
            found = registry.get_model_version_by_alias(config.project.name, CHAMPION)
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):  # no model, no such alias
                return None
            raise
        try:
            folder = Path(mlflow.artifacts.download_artifacts(f"models:/{config.project.name}/{found.version}"))
        except (MlflowException, OSError) as error:
            raise BadInput(
                f"model {config.project.name} version {found.version}: its files cannot be fetched "
                f"({str(error).splitlines()[0]}); train again or promote another version"
            ) from None
        manifests = sorted((folder / "data").glob("*/manifest.json"))
        if not manifests:
            raise BadInput(f"model {config.project.name} version {found.version} holds no bundle; train again")
        return Version(str(found.version), str(found.run_id), load(manifests[0].parent))


def _params(config: Config, result: Result, bundle: Bundle) -> dict[str, Any]:
    return {
        "horizon_days": config.horizon,
        "eligible_days": config.eligible,
        "value_horizon_days": config.value_horizon,
        "value": config.value.sum,
        "activity": ",".join(config.churn.activity),
        "seed": config.train.seed,
        "test_as_of": result.as_of.isoformat(),
        "test_users": len(result.test),
        "training_rows": bundle.trained_on["rows"],
        "training_cutoffs": len(bundle.trained_on["cutoffs"]),
        "last_training_cutoff": bundle.trained_on["cutoffs"][-1],
        "features": len(bundle.features),
    } | bundle.trained_on["protocol"]
