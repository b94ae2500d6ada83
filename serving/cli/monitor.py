"""`holdfast monitor`: whether what is served can still be trusted."""

import json
from pathlib import Path
from typing import Annotated

import typer

from features import whole_files
from features.errors import BadInput, GateFailed
from serving.cli.command import HERE, File, read, session

# All else is imported where it is used: --help answers at once.


def monitor(
    strict: Annotated[bool, typer.Option("--strict", help="End with code 1 unless the verdict is fine.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    prometheus: Annotated[
        Path | None, typer.Option("--prometheus", help="Write gauges to this file, for the node exporter.")
    ] = None,
    hook: Annotated[
        str | None, typer.Option("--hook", help="URL to POST an alarm to, or command to run with it on its input.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="en or zh.")] = "en",
    config: File = HERE,
) -> None:
    """Look at the newest snapshot and its tables: fresh, steady, right? The verdict: fine, watch, retrain or stop."""
    from features.groups.lifecycle import names
    from serving.monitoring.monitor_all import monitor_all
    from serving.monitoring.report import hook as hooks
    from serving.monitoring.report.page import LANGUAGES
    from serving.monitoring.report.report_json import prometheus as text
    from serving.terminal.console import progress, say
    from serving.terminal.monitoring.report import show_monitoring

    if language not in LANGUAGES:
        raise BadInput(f"--language '{language}': write en or zh")
    with session(config) as (settings, con):
        base = read(con, settings)
        with progress() as step:
            done = monitor_all(base, step)
    told = done.told
    show_monitoring(told, names(settings), language)
    say(f"{'报告' if language == 'zh' else 'report'}: {done.pages[language]}")
    for to, content in ((json_file, json.dumps(told, indent=1, ensure_ascii=False)), (prometheus, text(told))):
        if to:
            to.parent.mkdir(parents=True, exist_ok=True)
            whole_files.write_text(to, content)
            say(f"wrote {to}")
    if hook and told["verdict"] != "fine":
        hooks.send(hook, told)
    if strict and told["verdict"] != "fine":
        raise GateFailed(f"monitor: {told['verdict']}: {told['findings'][0]['said'][language]}")
