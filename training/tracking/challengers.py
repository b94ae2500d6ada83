"""The challenger: a version that is scored beside the champion for a time, before it may take its place."""

import json
from dataclasses import dataclass
from datetime import datetime

from features.config import Config
from features.errors import BadInput, GateFailed
from training.tracking.registry import (
    CHALLENGER,
    CHAMPION,
    LIST,
    NONE,
    Entry,
    Version,
    aliases_of,
    entry_of,
    fetched,
    find,
)
from training.tracking.server import Unreachable, client

SINCE = "challenged"  # a tag of the registered model: the challenger's number, and since when


@dataclass(frozen=True)
class Challenger:
    """version: the model. since: the end of the logs when it was named (UTC, without a zone)."""

    version: Version
    since: datetime


def challenger(config: Config) -> Challenger | None:
    """The challenger, its hashes checked; None where there is none. Raises the errors of ``registry.fetch``."""
    with client(config) as registry:
        from mlflow.exceptions import MlflowException

        number = aliases_of(config, registry).get(CHALLENGER)
        if number is None:
            return None
        try:
            version = fetched(config, registry.get_model_version(config.project.name, number))
        except MlflowException as error:
            if error.error_code in NONE:  # the version was deleted
                return None
            raise
        return Challenger(version, _since(registry.get_registered_model(config.project.name).tags, version))


def challenge(config: Config, which: str, since: datetime) -> Entry:
    """Make a version, named as for ``registry.fetch``, the challenger from ``since`` on, in the place of another.

    Raises BadInput where it is the champion or there is none, GateFailed where it was trained for another
    configuration: it could not be scored beside the champion.
    """
    with client(config) as registry:
        found, aliases = find(config, registry, which), aliases_of(config, registry)
        if CHAMPION not in aliases:
            raise BadInput(f"model {config.project.name} has no champion to challenge; see 'holdfast models promote'")
        if aliases[CHAMPION] == str(found.version):
            raise BadInput(f"version {found.version} of model {config.project.name} is champion already; {LIST}")
        version = fetched(config, found)
        if version.bundle.config_hash != config.model_hash():
            raise GateFailed(
                f"model {version.name} was trained for another configuration ({version.bundle.config_hash}, now "
                f"{config.model_hash()}), so it cannot be scored beside the champion; train again"
            )
        name = config.project.name
        told = json.dumps({"number": version.number, "since": since.isoformat()})
        registry.set_registered_model_tag(name, SINCE, told)  # first: an alias without it would begin anew
        registry.set_registered_model_alias(name, CHALLENGER, version.number)
        return entry_of(registry, found, aliases_of(config, registry))


def withdraw(config: Config) -> str | None:
    """Let there be no challenger; the number of the one that was, or None."""
    with client(config) as registry:
        number = aliases_of(config, registry).get(CHALLENGER)
        if number is not None:
            registry.delete_registered_model_alias(config.project.name, CHALLENGER)
        return number


def _since(tags: dict[str, str], version: Version) -> datetime:
    try:
        told = json.loads(tags[SINCE])
        if told["number"] == version.number:
            return datetime.fromisoformat(told["since"])
    except (KeyError, TypeError, ValueError):
        pass  # somebody gave the alias in MLflow's pages
    return datetime.fromisoformat(version.bundle.trained_on["labels_close"])


def beside(config: Config, champion: Version) -> tuple[Challenger | None, str]:
    """The challenger to be scored beside the champion, and why there is none although one is named; else empty.

    A challenger that cannot be used is no reason to have no scores. Raises Unreachable where MLflow fails.
    """
    if not config.promote.shadow_days:
        return None, ""
    try:
        found = challenger(config)
    except Unreachable:
        raise
    except BadInput as error:
        return None, f"the challenger is not scored: {error}"
    if found is None or found.version.number == champion.number:
        return None, ""
    if found.version.bundle.config_hash != config.model_hash():
        return None, f"the challenger {found.version.name} is not scored: it was trained for another configuration"
    return found, ""
