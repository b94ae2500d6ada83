"""`holdfast store`: is all of it sound, a copy of it, and what of it is old enough to go."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from features.errors import GateFailed
from serving.cli.command import HERE, File, settings_of

# All else is imported where it is used: --help answers at once.

store = typer.Typer(help="Check the whole store, copy it, or remove what is old.")


@store.command("verify")
def verify_store(
    mend: Annotated[
        bool,
        typer.Option("--mend", help="First remove snapshots that are not whole, and point at the newest that is."),
    ] = False,
    config: File = HERE,
) -> None:
    """Check every hash and pointer of the store, as after it came back from a backup; a line for each problem."""
    from serving.store import mend as mending
    from serving.store.problems import problems
    from serving.terminal.console import progress, say

    path = settings_of(config).store_path
    for line in mending.mend(path) if mend else ():
        say(line)
    with progress() as step:
        found = problems(path, step)
    for line in found:
        say(line)
    if found:
        raise GateFailed(f"{path}: {len(found):,} problem{'s' if len(found) > 1 else ''}, see above")
    say(f"{path}: all as it was written")


@store.command("copy")
def copy_store(
    to: Annotated[Path, typer.Argument(help="A new folder.")],
    config: File = HERE,
) -> None:
    """Copy the store to a new folder as it is between two jobs: for backups. Waits for the jobs that use it."""
    from serving.store.copy import copy
    from serving.terminal.console import say

    size = copy(settings_of(config).store_path, to)
    say(f"wrote {to}: {size:,} bytes")


@store.command("prune")
def prune_store(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be removed.")] = False,
    config: File = HERE,
) -> None:
    """Remove what [store.keep] says is old enough: snapshots, campaign runs, rows set aside, logs, unused partials."""
    from serving.store.retention import clear
    from serving.terminal.console import say

    found = clear(settings_of(config), datetime.now(UTC).replace(tzinfo=None), dry_run)
    for one in found:
        say(f"{'would remove' if dry_run else 'removed'} {one.place}: {one.size:,} bytes")
    if not found:
        say("nothing is old enough to go, by [store.keep]")
