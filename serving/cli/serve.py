"""`holdfast serve`: the pages, and the champion and the newest snapshot over HTTP."""

from typing import Annotated

import typer

from serving.cli.command import HERE, File, settings_of

# All else is imported where it is used: --help answers at once.


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.")] = 3000,
    new_key: Annotated[str | None, typer.Option(help="Only make an API key for who is named, and show it.")] = None,
    scopes: Annotated[
        str, typer.Option(help="What the new key may: view, people, read (both), predict, operate, approve, admin.")
    ] = "read,predict",
    config: File = HERE,
) -> None:
    """Serve the pages, and the champion and the newest snapshot over HTTP."""
    if new_key is not None:
        from serving.api.guard.keys import issue

        print(issue(new_key, scopes))
        return
    from serving.api.start import start

    start(settings_of(config), host, port)
