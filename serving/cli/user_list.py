"""`holdfast list`: who is in a stage, band, cell, layer, segment, tag, level or move."""

from pathlib import Path
from typing import Annotated

import typer

from features.errors import BadInput
from serving.cli.command import HERE, File, read, session

# All else is imported where it is used: --help answers at once.


def list_users(
    stage: Annotated[list[str] | None, typer.Option(help="Stage, or several.")] = None,
    before: Annotated[str | None, typer.Option("--from", help="Stage in the snapshot before: a move from it.")] = None,
    after: Annotated[str | None, typer.Option("--to", help="Stage now: a move to it.")] = None,
    band: Annotated[str | None, typer.Option(help="Risk band.")] = None,
    tier: Annotated[str | None, typer.Option(help="Stay tier; with --band a cell.")] = None,
    layer: Annotated[str | None, typer.Option(help="Group of a layer, as 'rfm=important, to value'.")] = None,
    segment: Annotated[str | None, typer.Option(help="Segment.")] = None,
    tag: Annotated[str | None, typer.Option(help="Tag.")] = None,
    level: Annotated[str | None, typer.Option(help="Member level.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="A comparison as plays have them; all must hold.")] = None,
    most: Annotated[int | None, typer.Option(min=1, help="Users at most, the first by --by. Default: all.")] = None,
    by: Annotated[str, typer.Option(help="value_at_stake, risk or rank: who comes first.")] = "value_at_stake",
    form: Annotated[str, typer.Option("--format", help="csv, jsonl or parquet.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="File to write. Default: list.csv and so on.")] = None,
    language: Annotated[str, typer.Option(help="en or zh: of the reasons.")] = "en",
    snapshot: Annotated[str, typer.Option(help="Snapshot: its run, latest or previous.")] = "latest",
    config: File = HERE,
) -> None:
    """List users with why they may leave and who may be written to; for people and programs, not for sending."""
    from serving.batch.listing import named
    from serving.campaigns.lists.list_file import write
    from serving.campaigns.lists.user_list import Wanted
    from serving.terminal.console import progress, say

    if language not in ("en", "zh"):
        raise BadInput(f"--language '{language}': write en or zh")
    rules = [f"stage in ({', '.join(map(_text, stage))})"] if stage else []
    given = {"stage_before": before, "stage": after, "risk_band": band, "stay_tier": tier, "level": level}
    rules += [f"{name} == {_text(value)}" for name, value in given.items() if value is not None]
    if layer is not None:
        name, equals, group = layer.partition("=")
        if not equals:
            raise BadInput(f"--layer '{layer}': write it as LAYER=GROUP, such as 'rfm=important, to value'")
        rules.append(f"layer:{name.strip()} == {_text(group.strip())}")
    rules += [f"segment:{segment} == true"] * (segment is not None) + [f"tag:{tag} == true"] * (tag is not None)
    file = out or Path(f"list.{form}")
    with session(config) as (settings, con):
        scored = named(settings.store_path, snapshot)
        base = read(con, settings)
        with progress() as step:
            wanted = Wanted((*rules, *(where or [])), by, most, language)
            count = write(base, scored, wanted, form, file, step)
    say(f"wrote {file}: {count:,} users of {scored.run_id}")


def _text(value: str) -> str:
    quote = '"' if "'" in value else "'"
    return f"{quote}{value}{quote}"
