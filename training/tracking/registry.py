"""The registered models: which exist, which is champion, and how that changes."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from features.config import Config
from features.errors import BadInput, GateFailed
from training.bundle import MANIFEST, load
from training.tracking.server import Unreachable, client
from training.trained_model import Bundle

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, PREVIOUS = "champion", "previous"
CHALLENGER = "challenger"  # see challengers.py
HISTORY = "champions"  # a tag of the registered model: the champions, oldest first; the last is champion now
KEPT = 50  # entries of that history
LIST = "see 'holdfast models list'"
NONE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # no model, no such alias or version


@dataclass(frozen=True)
class Version:
    """A registered model: its number in the registry, the run that made it, and its bundle."""

    number: str
    run_id: str
    bundle: Bundle

    @property
    def name(self) -> str:
        """As shown to people and written into snapshots."""
        return f"v{self.number}-{self.bundle.version}"


@dataclass(frozen=True)
class Entry:
    """What the registry knows of a version without fetching its files; unknown texts are empty.

    created: UTC. bundle: hash of what it computes. config_hash: hash of the settings that change a model. as_of: the
    test cutoff. gate: why it was promoted at training, or why not. metrics: by model and name, as 'holdfast.auc'.
    """

    number: str
    created: datetime
    bundle: str = ""
    config_hash: str = ""
    as_of: str = ""
    gate: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As shown to people."""
        return f"v{self.number}-{self.bundle}" if self.bundle else f"v{self.number}"


def champion(config: Config) -> Version | None:
    """The champion, its hashes checked; None where there is none yet.

    Raises Unreachable where MLflow fails, BadInput where the champion's files are damaged or gone.
    """
    with client(config) as registry:
        from mlflow.exceptions import MlflowException

        try:
            found = registry.get_model_version_by_alias(config.project.name, CHAMPION)
        except MlflowException as error:
            if error.error_code in NONE:
                return None
            raise
        return fetched(config, found)


def fetch(config: Config, which: str) -> Version:
    """A version by number ('3', 'v3', 'v3-abc') or alias ('champion', 'previous'), its hashes checked.

    Raises BadInput where there is none or its files are damaged or gone.
    """
    with client(config) as registry:
        return fetched(config, find(config, registry, which))


def entries(config: Config) -> list[Entry]:
    """Every registered version, newest first."""
    with client(config) as registry:
        aliases = aliases_of(config, registry)
        found = registry.search_model_versions(f"name='{config.project.name}'", max_results=1000)
        return [entry_of(registry, one, aliases) for one in sorted(found, key=lambda one: -int(one.version))]


def entry(config: Config, which: str) -> Entry:
    """One version, named as for ``fetch``."""
    with client(config) as registry:
        return entry_of(registry, find(config, registry, which), aliases_of(config, registry))


def promote(config: Config, which: str, force: bool = False) -> Entry:
    """Make a version champion; the former one is kept as 'previous'.

    Raises GateFailed where it was trained for another configuration, unless ``force``. Raises BadInput where there is
    no such version, it is champion already, or its files are damaged, so that it could not be loaded.
    """
    with client(config) as registry:
        found = find(config, registry, which)
        if [str(found.version)] == _history(config, registry)[-1:]:
            raise BadInput(f"version {found.version} of model {config.project.name} is champion already; {LIST}")
        version = fetched(config, found)
        if version.bundle.config_hash != config.model_hash() and not force:
            raise GateFailed(
                f"model {version.name} was trained for another configuration ({version.bundle.config_hash}, now "
                f"{config.model_hash()}); see 'holdfast models compare', train again, or add --force"
            )
        crown(config, registry, version.number)
        return entry_of(registry, found, aliases_of(config, registry))


def rollback(config: Config) -> Entry:
    """Make the champion before this one champion again; twice goes back two.

    Raises BadInput where there was no champion before, or its files are damaged.
    """
    with client(config) as registry:
        past = _history(config, registry)
        if len(past) < 2:
            now = f"version {past[0]} is the first champion" if past else "there is no champion"
            raise BadInput(f"model {config.project.name}: {now}: nothing to roll back to; {LIST}")
        found = find(config, registry, past[-2])
        fetched(config, found)
        _enthrone(config, registry, past[:-1])
        return entry_of(registry, found, aliases_of(config, registry))


def crown(config: Config, registry: "MlflowClient", number: str) -> None:
    """Make the version champion and add it to the history."""
    _enthrone(config, registry, [*_history(config, registry), number][-KEPT:])


def _enthrone(config: Config, registry: "MlflowClient", past: list[str]) -> None:
    name = config.project.name
    registry.set_registered_model_alias(name, CHAMPION, past[-1])
    registry.set_registered_model_tag(name, HISTORY, json.dumps(past))
    if aliases_of(config, registry).get(CHALLENGER) == past[-1]:
        registry.delete_registered_model_alias(name, CHALLENGER)
    if len(past) > 1:
        registry.set_registered_model_alias(name, PREVIOUS, past[-2])
    elif PREVIOUS in registry.get_registered_model(name).aliases:
        registry.delete_registered_model_alias(name, PREVIOUS)


def _history(config: Config, registry: "MlflowClient") -> list[str]:
    """The champions, oldest first, without versions deleted since; the last is champion now."""
    from mlflow.exceptions import MlflowException

    name, past = config.project.name, []
    try:
        model = registry.get_registered_model(name)
        now = str(registry.get_model_version_by_alias(name, CHAMPION).version)
    except MlflowException as error:
        if error.error_code in NONE:
            return []  # no model, or somebody removed the alias: there is no champion and no history
        raise
    with suppress(ValueError, TypeError):  # somebody may have edited the tag
        past = [str(one) for one in json.loads(model.tags.get(HISTORY, "[]"))]
    there = {str(one.version) for one in registry.search_model_versions(f"name='{name}'", max_results=1000)}
    past = [one for one in past if one in there]
    return past if past[-1:] == [now] else [*past, now]  # somebody made it champion in MLflow's pages


def aliases_of(config: Config, registry: "MlflowClient") -> dict[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        return {alias: str(n) for alias, n in registry.get_registered_model(config.project.name).aliases.items()}
    except MlflowException as error:
        if error.error_code in NONE:
            return {}
        raise


def find(config: Config, registry: "MlflowClient", which: str) -> Any:
    """The registry's record of a version; raises BadInput where there is none."""
    from mlflow.exceptions import MlflowException

    name = config.project.name
    number = aliases_of(config, registry).get(which) or which.removeprefix("v").partition("-")[0]
    try:
        if number.isdecimal():
            return registry.get_model_version(name, number)
    except MlflowException as error:
        if error.error_code not in NONE:
            raise
    there = sorted(int(one.version) for one in registry.search_model_versions(f"name='{name}'", max_results=1000))
    known = ", ".join(map(str, there[-9:]))
    cure = f"there are: {known}; {LIST}" if there else "there are none yet; run 'holdfast train'"
    raise BadInput(f"no version '{which}' of model {name}; {cure}")


def fetched(config: Config, found: Any) -> Version:
    """The version with its bundle. Raises BadInput where a file is not as it was when it was registered."""
    import mlflow
    from mlflow.exceptions import MlflowException
    from requests.exceptions import ConnectionError, Timeout

    what = f"model {config.project.name} version {found.version}"
    with TemporaryDirectory(prefix="holdfast-") as folder:
        try:
            place = mlflow.artifacts.download_artifacts(
                f"models:/{config.project.name}/{found.version}", dst_path=folder
            )
        except (MlflowException, OSError) as error:
            if isinstance(error, ConnectionError | Timeout) or "API request" in str(error):
                raise Unreachable(f"{what}: its files cannot be fetched; check that the server is up") from None
            raise BadInput(
                f"{what}: its files cannot be fetched ({str(error).splitlines()[0]}); "
                "train again or promote another version"
            ) from None
        manifests = sorted((Path(place) / "data").glob(f"*/{MANIFEST}"))
        if not manifests:
            raise BadInput(f"{what} holds no bundle; train again")
        (manifest, *_) = manifests
        registered = found.tags.get("manifest")
        if registered and hashlib.sha256(manifest.read_bytes()).hexdigest() != registered:
            raise BadInput(f"{what}: {MANIFEST} is not the one registered; train again or take another version")
        try:
            return Version(str(found.version), str(found.run_id), load(manifest.parent))
        except BadInput as error:
            raise BadInput(str(error).replace(str(manifest.parent), what)) from None


def entry_of(registry: "MlflowClient", found: Any, aliases: Mapping[str, str]) -> Entry:
    from mlflow.exceptions import MlflowException

    tags, metrics = dict(found.tags), {}
    try:
        run = registry.get_run(found.run_id).data
        tags, metrics = {"as_of": run.params.get("test_as_of", "")} | run.tags | tags, dict(run.metrics)
    except MlflowException as error:  # the run was deleted, but not the model
        if error.error_code not in NONE:
            raise
    return Entry(
        number=str(found.version),
        created=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        **{key: tags.get(key, "") for key in ("bundle", "config_hash", "as_of", "gate")},
        metrics=metrics,
        aliases=tuple(alias for alias, number in aliases.items() if number == str(found.version)),
    )
