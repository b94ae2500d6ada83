"""The monitoring job: what was found, its page in two languages, and a run in MLflow."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features import whole_files
from features.groups.lifecycle import names
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.monitoring.monitor import monitor
from serving.monitoring.report.kept import keep
from serving.monitoring.report.page import LANGUAGES, page
from serving.monitoring.report.report_json import as_json, gauges
from training.tracking.monitorings import log_monitoring


@dataclass(frozen=True)
class Monitored:
    """told: as JSON has it. pages: the report by language."""

    told: dict[str, Any]
    pages: Mapping[str, Path]


def monitor_all(base: UserBase, progress: Progress = silent) -> Monitored:
    """Look at what is served and at what came of it; keep and log what was found."""
    store, called = base.config.store_path, names(base.config)
    told = as_json(monitor(base, progress=progress))
    kept = keep(store, told)
    pages = {one: kept.with_name(f"latest.{one}.html") for one in LANGUAGES}
    for language, file in pages.items():
        whole_files.write_text(file, page(told, called, language))
    log_monitoring(base.config, told, gauges(told), list(pages.values()))
    return Monitored(told, pages)
