"""`holdfast snapshots`: which there are, whether one is whole, who moved between two, and the removal of old ones."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli.command import HERE, File, session, settings_of

# All else is imported where it is used: --help answers at once.

Which = Annotated[str, typer.Argument(help="Run, as 'holdfast snapshots list' names it, or latest, or previous.")]

snapshots = typer.Typer(help="List the snapshots, verify one, compare two, or remove old ones.")


@snapshots.command("list")
def list_snapshots(config: File = HERE) -> None:
    """List every snapshot with its as-of, users, model and size, and which one is the latest."""
    from serving.batch.listing import shelf
    from serving.terminal.snapshots import show_shelf

    show_shelf(shelf(settings_of(config).store_path))


@snapshots.command("verify")
def verify_snapshot(which: Which = "latest", config: File = HERE) -> None:
    """Read a snapshot from end to end and check that it is as it was written."""
    from serving.batch.listing import named
    from serving.batch.verify import verify
    from serving.terminal.console import progress
    from serving.terminal.snapshots import show_verified

    folder = named(settings_of(config).store_path, which).folder
    with progress() as step:
        snapshot = verify(folder, step)
    show_verified(snapshot)


@snapshots.command("diff")
def diff_snapshots(
    old: Which = "previous",
    new: Which = "latest",
    out: Annotated[Path | None, typer.Option(help="Parquet file to write who moved, came or went to.")] = None,
    config: File = HERE,
) -> None:
    """Show how many users moved between stages, bands and tiers, and how many came and went."""
    from serving.batch.diff import diff
    from serving.batch.listing import named
    from serving.terminal.console import progress
    from serving.terminal.snapshots import show_diff

    with session(config) as (settings, con):
        pair = named(settings.store_path, old), named(settings.store_path, new)
        with progress() as step:
            found = diff(con, *pair, out, step)
    show_diff(settings, found, out)


@snapshots.command("prune")
def prune_snapshots(
    keep: Annotated[int, typer.Option(min=1, help="Newest snapshots to keep; the latest always stays.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be removed.")] = False,
    config: File = HERE,
) -> None:
    """Remove old snapshots, and what killed runs left a day ago or longer."""
    from serving.batch.prune import prune
    from serving.terminal.snapshots import show_pruned

    show_pruned(prune(settings_of(config).store_path, keep, dry_run), dry_run)
