"""`holdfast store`: is all of it sound, a copy of it, what of it is old enough to go, and its remote."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import BadInput, GateFailed
from serving.cli.command import HERE, File, settings_of

if TYPE_CHECKING:
    from features.config import Config

# All else is imported where it is used: --help answers at once.

store = typer.Typer(help="Check the whole store, copy it, remove what is old, or share it with other machines.")


@store.command("verify")
def verify_store(
    mend: Annotated[
        bool,
        typer.Option("--mend", help="First remove snapshots that are not whole, and point at the newest that is."),
    ] = False,
    config: File = HERE,
) -> None:
    """Check every hash and pointer of the store, as after it came back from a backup, and its remote; a line for each
    problem."""
    from serving.remote import check as far
    from serving.store import mend as mending
    from serving.store.problems import problems
    from serving.terminal.console import progress, say

    settings = settings_of(config, fetch=False)
    path, uri = settings.store_path, settings.store_remote
    if mend and uri:
        raise BadInput("--mend: what is damaged here is whole at the remote; run 'holdfast store fetch --theirs'")
    for line in mending.mend(path) if mend else ():
        say(line)
    with progress() as step:
        found = problems(path, step) + (far.problems(uri, step) if uri else [])
    for line in found:
        say(line)
    if found:
        raise GateFailed(f"{path}: {len(found):,} problem{'s' if len(found) > 1 else ''}, see above")
    say(f"{path}: all as it was written" + (f", and {uri} too" if uri else ""))


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

    settings = settings_of(config)
    found = clear(settings, datetime.now(UTC).replace(tzinfo=None), dry_run)
    for one in found:
        say(f"{'would remove' if dry_run else 'removed'} {one.place}: {one.size:,} bytes")
    if not found:
        say("nothing is old enough to go, by [store.keep]")
    if settings.store_remote and not dry_run:
        from serving.remote.sweep import sweep

        swept = sweep(settings.store_path, settings.store_remote)
        say(f"removed {swept:,} objects of {settings.store_remote} that no machine's store names")


@store.command("fetch")
def fetch_store(
    theirs: Annotated[
        bool,
        typer.Option("--theirs", help="Drop what this machine changed since: damaged files too are as at the remote."),
    ] = False,
    config: File = HERE,
) -> None:
    """Bring what other machines pushed to store.remote; every verb does so before its work."""
    from serving.remote.around import tell
    from serving.remote.sync import fetch
    from serving.terminal.console import progress, say

    settings, uri = _with_remote(config)
    with progress() as step:
        done = fetch(settings.store_path, uri, theirs, step)
    tell(done)
    say(f"fetched {done.taken:,} files; {settings.store_path} is at number {done.number:,} of {uri}")


@store.command("push")
def push_store(
    whole: Annotated[
        bool, typer.Option("--whole", help="Look at every object, and put those that the remote lost.")
    ] = False,
    config: File = HERE,
) -> None:
    """Push what this machine changed to store.remote; every verb does so after its work."""
    from serving.remote.around import tell
    from serving.remote.sweep import sweep_erased
    from serving.remote.sync import push
    from serving.terminal.console import progress, say

    settings, uri = _with_remote(config)
    with progress() as step:
        done = push(settings.store_path, uri, step, whole)
    sweep_erased(settings.store_path, uri)
    tell(done)
    say(f"pushed {done.put:,} objects; {uri} is at number {done.number:,}")


def _with_remote(file: Path) -> tuple["Config", str]:
    settings = settings_of(file, fetch=False)
    if settings.store_remote is None:
        raise BadInput(f"{file.name}: [store] has no remote; set it to s3://bucket/folder, gs:// or abfss://")
    return settings, settings.store_remote
