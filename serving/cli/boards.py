"""`holdfast boards`: the boards of a date, made anew."""

from typing import Annotated

import typer

from serving.cli.command import HERE, File, moment, read, session

# All else is imported where it is used: --help answers at once.


def boards(
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Date, as 2026-01-31; default: that of the latest snapshot.")
    ] = None,
    config: File = HERE,
) -> None:
    """Make the boards of a date anew, with the settings of now; `holdfast score` makes those of its own date."""
    from datetime import datetime

    from serving.batch.snapshot import LATEST, latest
    from serving.reports.boards import make_boards
    from serving.terminal.boards import show_boards
    from serving.terminal.console import progress

    with session(config) as (settings, con):
        at = moment(settings, as_of)
        if at is None and (settings.store_path / "snapshots" / LATEST).exists():
            at = datetime.fromisoformat(latest(settings.store_path).manifest["as_of"])
        base = read(con, settings, at)
        with progress() as step:
            made = make_boards(base, at or base.tables.observed_until, step)
    show_boards(made)
