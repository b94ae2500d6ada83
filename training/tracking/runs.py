"""Logs a training run in MLflow: settings, data, a nested run per test cutoff, and the registered bundle."""

import json
import math
import re
import tempfile
from collections.abc import Sequence
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from features.config import Config
from features.config.server_address import scrubbed
from features.tables import CleanTables
from features.user_base import UserBase
from training.evaluation.backtest import Result
from training.evaluation.backtest_json import report
from training.evaluation.metric_table import CHURN, VALUE, names
from training.tracking.logged_model import register
from training.tracking.registry import Version, crown
from training.tracking.server import client
from training.trained_model import Bundle

NOTE = "mlflow.note.content"  # what MLflow's pages show as a run's description
DIGEST = 36  # characters that MLflow keeps of a data set's hash
LONGEST = 5000  # characters of a tag that every store accepts
SECRET = re.compile(r"(?<=://)[^/\s\"'@]+@")  # user and password of an address, if not written as ${NAME}


def log(
    base: UserBase,
    results: Sequence[Result],
    bundle: Bundle,
    folder: Path,
    pictures: Sequence[Path],
    promote: bool,
    reason: str,
) -> Version:
    """Log one training run and register its bundle (saved in ``folder``); make it champion when ``promote``.

    results: one per test cutoff, oldest first. Each becomes a nested run. The parent's metrics are those of the last,
    with the earlier ones as their history. Raises Unreachable where MLflow fails.
    """
    with client(base.config) as registry:
        import mlflow

        last = results[-1]
        tags = {
            "config_hash": bundle.config_hash,
            "bundle": bundle.version,
            "gate": reason[:LONGEST],
            "data": base.tables.fingerprint,
            "holdfast": installed("holdfast"),
        }
        with mlflow.start_run(run_name=f"train {last.as_of:%Y-%m-%d} {bundle.version}", tags=tags) as run:
            mlflow.log_input(data_set(base), context="training")
            mlflow.log_params(params(base.config, last, bundle) | counts(base.tables))
            for step, result in enumerate(results):
                mlflow.log_metrics(metrics(result), step=step)
            for picture in pictures:
                mlflow.log_artifact(str(picture), "pictures")
            mlflow.log_dict(protocol(base, results, bundle), "protocol.json")
            mlflow.log_dict(dict(bundle.trained_on) | {"features": list(bundle.features)}, "trained_on.json")
            mlflow.log_text(unexpanded(base.config), "holdfast.toml")
            mlflow.log_dict(report(base.config, results), "backtest.json")
            for result in results:
                with mlflow.start_run(
                    run_name=f"test {result.as_of:%Y-%m-%d %H:%M}",
                    nested=True,
                    tags={"config_hash": bundle.config_hash},
                ):
                    mlflow.log_params(params(base.config, result, result.bundle))
                    mlflow.log_metrics(metrics(result))
            number = register(base.config, bundle, folder, tags | {"as_of": last.as_of.isoformat()})
        if promote:
            crown(base.config, registry, number)
        return Version(number, run.info.run_id, bundle)


def attach(config: Config, version: Version, files: Sequence[Path], note: str) -> None:
    """Attach the model card's files to the run, and show its text as the description of run and version."""
    if len(note) > LONGEST:
        note = note[: LONGEST - 100].rpartition("\n## ")[0] + "\n\nThe rest is among the run's artifacts, in card/.\n"
    with client(config) as registry:
        for file in files:
            registry.log_artifact(version.run_id, str(file), "card")
        registry.set_tag(version.run_id, NOTE, note)
        registry.update_model_version(config.project.name, version.number, note)


def fetch_card(config: Config, version: Version, folder: Path) -> None:
    """Download a version's model card from its run, which another machine may have made, into a folder as name.md.

    Raises Unreachable where MLflow fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with client(config) as registry, tempfile.TemporaryDirectory(dir=folder, prefix=".") as part:
        file = registry.download_artifacts(version.run_id, f"card/{version.name}.md", part)
        Path(file).replace(folder / f"{version.name}.md")


def metrics(result: Result) -> dict[str, float]:
    """The figures of one test cutoff as 'model.metric', without those that could not be measured."""
    found = {
        f"{model}.{name}": one[name]
        for of, group in ((CHURN, result.churn), (VALUE, result.value))
        for model, one in group.items()
        for name in names(of, "reported")
        if name in one
    }
    found |= {"test.churn_rate": float(result.test.churned.mean()), "test.users": float(len(result.test))}
    found["holdfast.mean_risk"] = float(result.risk["holdfast"].mean())
    return {name: float(x) for name, x in found.items() if isinstance(x, int | float) and math.isfinite(x)}


def params(config: Config, result: Result, bundle: Bundle) -> dict[str, Any]:
    """The settings of a run, and how much data it rests on."""
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
        **bundle.trained_on["protocol"],
    }


def data_set(base: UserBase) -> Any:
    """The clean tables as MLflow's pages name a data set: by project and fingerprint, without where they lie."""
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    about = {"tables": ",".join(base.tables), "observed_until": base.tables.observed_until.isoformat()}
    return MetaDataset(CodeDatasetSource(about), name=base.config.project.name, digest=base.tables.fingerprint[:DIGEST])


def counts(tables: CleanTables) -> dict[str, Any]:
    """How many rows of each table were used or set aside, and the span of the logs."""
    found: dict[str, Any] = {
        "observed_from": tables.observed_from.isoformat(),
        "observed_until": tables.observed_until.isoformat(),
    }
    for name, count in tables.counts.items():
        found |= {f"{name}.rows": count.rows, f"{name}.used": count.used, f"{name}.quarantined": count.quarantined}
    return found


def protocol(base: UserBase, results: Sequence[Result], bundle: Bundle) -> dict[str, Any]:
    """The training and test cutoffs, the number of rows and the data, so that a run can be repeated."""
    return {
        "data": {"fingerprint": base.tables.fingerprint, "versions": base.tables.versions, **counts(base.tables)},
        "settings": base.config.train.model_dump(mode="json"),
        "registered": dict(bundle.trained_on),
        "tests": [
            {"as_of": one.as_of.isoformat(), "users": len(one.test), "trained_on": dict(one.bundle.trained_on)}
            for one in results
        ],
    }


def unexpanded(config: Config) -> str:
    """The text of holdfast.toml, with ``${NAME}`` not filled in and user and password of addresses masked."""
    try:
        text = config.file.read_text(encoding="utf-8")
    except OSError:  # built in Python, or the file is gone
        text = "# as read, with every default\n" + json.dumps(config.model_dump(mode="json"), indent=1)
    return scrubbed(SECRET.sub("***@", text))
