"""`holdfast models`: the registered models, two of them compared, one made champion or challenger."""

from typing import Annotated

import typer

from serving.cli.command import HERE, File, settings_of

# All else is imported where it is used: --help answers at once.

Which = Annotated[str, typer.Argument(help="Version: its number, or champion, or previous.")]

models = typer.Typer(help="List the registered models, compare two, promote one, or roll back.")


@models.command("list")
def list_models(config: File = HERE) -> None:
    """List every version with its figures, why it was promoted or not, and who is champion."""
    from serving.terminal.models import show_versions
    from training.tracking.registry import entries

    show_versions(entries(settings_of(config)))


@models.command("compare")
def compare_models(old: Which, new: Which, config: File = HERE) -> None:
    """Show two versions side by side: figures, features that came and went, settings, cutoffs."""
    from serving.terminal.models import show_comparison
    from training.tracking.comparison import compare

    show_comparison(compare(settings_of(config), old, new))


@models.command("promote")
def promote_model(
    version: Which,
    force: Annotated[bool, typer.Option(help="Even if it was trained for another configuration.")] = False,
    config: File = HERE,
) -> None:
    """Make a version champion."""
    from serving.terminal.models import show_champion
    from training.tracking.registry import promote

    show_champion(promote(settings_of(config), version, force))


@models.command("challenge")
def challenge_champion(version: Which, config: File = HERE) -> None:
    """Have a version scored beside the champion for [promote] shadow_days, from the newest snapshot's moment on."""
    from datetime import datetime

    from features.errors import BadInput
    from serving.batch.snapshot import latest
    from serving.terminal.models import show_challenger_named
    from training.tracking import challenge

    settings = settings_of(config)
    if not settings.promote.shadow_days:
        raise BadInput(f"{settings.file.name}: promote.shadow_days is 0: nothing is watched; set it to days, as 45")
    since = datetime.fromisoformat(latest(settings.store_path).manifest["as_of"])
    show_challenger_named(challenge(settings, version, since), settings.promote.shadow_days)


@models.command("withdraw")
def withdraw_challenger(config: File = HERE) -> None:
    """Let no challenger be scored any more; the champion stays."""
    from serving.terminal.console import say
    from training.tracking import withdraw

    number = withdraw(settings_of(config))
    say(f"version {number} is challenger no more" if number else "there is no challenger")


@models.command("rollback")
def rollback_model(config: File = HERE) -> None:
    """Make the champion before this one champion again."""
    from serving.terminal.models import show_champion
    from training.tracking.registry import rollback

    show_champion(rollback(settings_of(config)))
