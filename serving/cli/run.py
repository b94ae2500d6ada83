"""`holdfast run`: the scheduled job."""

from pathlib import Path
from typing import Annotated

import typer

from features import whole_files
from features.errors import GateFailed
from serving.cli.command import HERE, File, read, session

# All else is imported where it is used: --help answers at once.


def run(
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the summary to this file.")] = None,
    config: File = HERE,
) -> None:
    """Do what is due: train, score, plan campaigns as drafts, verify, monitor. Nothing is sent. For a timer or cron."""
    from serving.schedule.scheduled_run import NEWEST, scheduled_run
    from serving.schedule.steps import FAILED
    from serving.terminal.console import progress, say

    with session(config) as (settings, con):
        base = read(con, settings)
        with progress() as step:
            found = scheduled_run(base, lambda one: say(f"{one.step}: {one.status}: {one.said}"), step)
    if json_file:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write_text(json_file, (settings.store_path / "schedule" / NEWEST).read_text(encoding="utf-8"))
        say(f"wrote {json_file}")
    if failed := [one for one in found if one.status == FAILED]:
        raise GateFailed(f"run: {len(failed)} of {len(found)} steps failed; first {failed[0].step}: {failed[0].said}")
