"""What is too old to be acted upon, said beside whatever is shown of a snapshot."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from features.config import Config
from serving.monitoring.stale import stale
from serving.terminal.console import in_language, say


def show_stale(config: Config, manifest: Mapping[str, Any], language: str = "en") -> None:
    """A line for each of snapshot, logs and model that is too old by the clock; nothing where none is."""
    for said in stale(config, manifest, datetime.now(UTC).replace(tzinfo=None)).values():
        say(f"{in_language(language, 'stale: ', '已过期：')}{said[language]}")
