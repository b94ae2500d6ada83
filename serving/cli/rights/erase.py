"""`holdfast erase`: a person out of everything that is kept; `holdfast export-user`: all that is kept about one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.command import HERE, File, settings_of

# All else is imported where it is used: --help answers at once.


def erase(
    user: Annotated[list[str] | None, typer.Option(help="Id of a user; give it again for several.")] = None,
    users: Annotated[Path | None, typer.Option(help="File with an id a line.")] = None,
    config: File = HERE,
) -> None:
    """Erase users from all that is kept, for good; without any, finish an erasure that was stopped."""
    from serving.cli.rights.told import show_erased
    from serving.rights.erase_shared import erase as run
    from serving.rights.people import listed
    from serving.terminal.console import progress

    settings, ids = settings_of(config), [*(user or []), *(listed(users) if users else [])]
    with progress() as step:
        done = run(settings, ids, datetime.now(UTC).replace(tzinfo=None), step)
    show_erased(settings, done)


def export_user(
    user: Annotated[str, typer.Option(help="Id of the user.")],
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("export-user"),
    config: File = HERE,
) -> None:
    """Write all that is kept about one user: user.json, and a page in English and in Chinese."""
    from features import whole_files
    from serving.cli.rights.told import show_kept
    from serving.rights.kept import kept_of
    from serving.rights.user_page import LANGUAGES, page

    settings = settings_of(config)
    found = kept_of(settings, user, datetime.now(UTC).replace(tzinfo=None))
    out.mkdir(parents=True, exist_ok=True)
    files = [out / "user.json", *(out / f"user.{language}.html" for language in LANGUAGES)]
    texts = [found.as_json(), *(page(found, settings, language) for language in LANGUAGES)]
    for file, text in zip(files, texts, strict=True):
        whole_files.write_text(file, text)
    show_kept(found, files)
