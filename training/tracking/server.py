"""Where MLflow keeps things: a sqlite file in the store, or the server that MLFLOW_TRACKING_URI names."""

import fcntl
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import TYPE_CHECKING

from features.config import Config
from features.errors import BadInput
from training.mlflow_place import DATABASE, remote

if TYPE_CHECKING:
    from mlflow import MlflowClient


class Unreachable(BadInput):
    """MLflow did not answer, or refused. Callers must not take this for an empty answer."""


def uri(config: Config) -> str:
    """Where runs are kept: MLFLOW_TRACKING_URI, or a sqlite file in the store."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{config.store_path}/{DATABASE}"


# MLflow's pages open on the runs of an experiment of this kind, not on traces of language models.
KIND = {"mlflow.experimentKind": "custom_model_development"}


@contextmanager
def client(config: Config) -> Iterator["MlflowClient"]:
    """MLflow set up for the configured server: quiet, without telemetry, its experiment created.

    Raises Unreachable, in one line without the address, whenever MLflow fails inside.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    far, address = remote(), uri(config)  # read now, because MLflow sets the variable itself
    config.store_path.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), redirect_stderr(StringIO()), _environment():
        warnings.simplefilter("ignore")
        # By default MLflow retries for minutes, too long for a person at a terminal or a nightly job.
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        import mlflow

        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        from mlflow.exceptions import MlflowException
        from requests.exceptions import RequestException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            mlflow.set_tracking_uri(address)
            mlflow.set_registry_uri(address)
            # Processes that create the database at the same time break each other, so they take turns.
            with (config.store_path / "mlflow.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if mlflow.get_experiment_by_name(config.project.name) is None:
                    place = None if far else (config.store_path / "mlartifacts").as_uri()
                    mlflow.create_experiment(config.project.name, artifact_location=place, tags=KIND)
            mlflow.set_experiment(config.project.name)
            yield mlflow.MlflowClient()
        except (MlflowException, SQLAlchemyError, RequestException) as error:
            where = "MLFLOW_TRACKING_URI" if far else f"{config.store_path}/mlflow.db"
            # The error's text may contain the password of the address, so only the kind of failure is reported.
            cause = getattr(error, "error_code", "") or type(error).__name__
            if cause == "INTERNAL_ERROR":
                cause = type(error.__cause__ or error.__context__ or error).__name__
            raise Unreachable(
                f"{where}: MLflow cannot be used there ({cause}); check that it is up and whole"
            ) from None


def reach(config: Config) -> None:
    """Raise Unreachable where MLflow does not answer; called before minutes of work, not after them."""
    with client(config):
        pass


@contextmanager
def _environment() -> Iterator[None]:
    """Restore MLflow's variables afterwards: what it sets itself would look like the user's choice."""
    before = {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_")}
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("MLFLOW_") and name not in before]:
            del os.environ[name]
        os.environ.update(before)
