"""`holdfast verify`: what campaigns did, against their holdouts."""

import json
from datetime import UTC, datetime
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
    from serving.campaigns.saves.kept import write_save_rates
    from serving.terminal.console import progress, say
    from serving.terminal.verification import show_verified
    from serving.verification.assigned_users import assigned_users, goals
    from serving.verification.keep import keeping
    from serving.verification.save_rates import save_rates_by_play
    from serving.verification.uplifts import with_uplift
    from serving.verification.verified_file import write_verified
    from training.verification.campaigns import verify as job
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
        rows = assigned_users(base)
        if play:
            rows = job.only(rows, play)
        if not len(rows):
            raise BadInput(
                f"{settings.file.name}: nobody was assigned yet; export a run's list, or bring a table: "
                "[tables.assignments]"
            )
        with keeping(base) as (plans, keep), progress() as step:
            found = job.verify(base, rows, goals(settings.store_path), progress=step, plans=plans)
            base.still_as_read()
            kept = keep(found)
            kept_of_plays = {} if play else with_uplift(base, save_rates_by_play(found, rows), found)
    show_verified(found, language)
    say(f"{'报告' if language == 'zh' else 'report'}: {kept[language]}")
    if not play:  # of some campaigns alone, what is known of their plays would be cut down
        file = write_save_rates(settings.store_path, kept_of_plays)
        say(f"wrote {file}, which the next 'holdfast campaign plan' reads")
        write_verified(settings.store_path, found, base.tables.observed_until, datetime.now(UTC).replace(tzinfo=None))
    if json_file:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write_text(json_file, json.dumps(as_json(found), indent=1, ensure_ascii=False))
        say(f"wrote {json_file}")
