"""`holdfast verify`: what campaigns did, against their holdouts."""

import json
from pathlib import Path
from typing import Annotated

import typer

from features import whole_files
from features.errors import BadInput
from serving.cli.command import HERE, File, read, session

# All else is imported where it is used: --help answers at once.


def verify(
    play: Annotated[list[str] | None, typer.Option(help="Only campaigns of this play, or with this id.")] = None,
    design: Annotated[
        str | None, typer.Option(help="Instead, before a campaign: what the newest run's holdout of this play can see.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="en or zh.")] = "en",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    config: File = HERE,
) -> None:
    """Tell whether campaigns worked: is it a trial, what changed in churn, value and stages, and what to do next."""
    from serving.terminal.console import progress, say
    from serving.terminal.verification import show_verified
    from serving.verification.verify_all import verify_all
    from training.verification.campaigns.verification_json import as_json

    if language not in ("en", "zh"):
        raise BadInput(f"--language '{language}': write en or zh")
    with session(config) as (settings, con):
        base = read(con, settings)
        if design is not None:
            from serving.terminal.design import show_design
            from serving.verification.design import design_of

            show_design(design_of(base, design), language)
            return
        with progress() as step:
            done = verify_all(base, play or (), step)
    show_verified(done.found, language)
    say(f"{'报告' if language == 'zh' else 'report'}: {done.reports[language]}")
    if done.save_rates:
        say(f"wrote {done.save_rates}, which the next 'holdfast campaign plan' reads")
    if json_file:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write_text(json_file, json.dumps(as_json(done.found), indent=1, ensure_ascii=False))
        say(f"wrote {json_file}")
