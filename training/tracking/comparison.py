"""How two registered versions differ: figures, features, settings, cutoffs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.config import Config
from training.tracking.registry import Entry, entry, fetch
from training.trained_model import Bundle


@dataclass(frozen=True)
class ModelDiff:
    """How two versions differ.

    metrics: name, old, new (None = not measured). came, gone: features. config: key, old and new value as JSON ('–' =
    not there). cutoffs: those that the old version, and the new one, learned from.
    """

    old: Entry
    new: Entry
    metrics: list[tuple[str, float | None, float | None]]
    came: list[str]
    gone: list[str]
    config: list[tuple[str, str, str]]
    cutoffs: tuple[list[str], list[str]]


def compare(config: Config, old: str, new: str) -> ModelDiff:
    """Compare two versions, named as for ``fetch``. Raises the errors of ``fetch``."""
    first, second = fetch(config, old).bundle, fetch(config, new).bundle
    a, b = entry(config, old), entry(config, new)
    metrics = [(name, a.metrics.get(name), b.metrics.get(name)) for name in dict.fromkeys([*a.metrics, *b.metrics])]
    cutoffs = (list(first.trained_on.get("cutoffs", [])), list(second.trained_on.get("cutoffs", [])))
    return ModelDiff(a, b, metrics, *features_changed(first, second), config_changed(first, second), cutoffs)


def features_changed(old: Bundle, new: Bundle) -> tuple[list[str], list[str]]:
    """The features only in the new bundle, and those only in the old one."""
    came = [name for name in new.features if name not in old.features]
    return came, [name for name in old.features if name not in new.features]


def config_changed(old: Bundle, new: Bundle) -> list[tuple[str, str, str]]:
    """The settings that differ: dotted key, old and new value as JSON, '–' where there is none."""
    before, after = _flat(old.config), _flat(new.config)
    return [
        (key, before.get(key, "–"), after.get(key, "–"))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        inside = isinstance(value, Mapping) and value
        found |= _flat(value, f"{prefix}{key}.") if inside else {f"{prefix}{key}": json.dumps(value)}
    return found
