"""`holdfast list`: who is in a stage, band, cell, layer, segment, tag, level or move."""

from pathlib import Path
from typing import Annotated

import typer

from features.errors import BadInput, did_you_mean
from serving.cli.command import HERE, File, read, session

# All else is imported where it is used: --help answers at once.


def list_users(
    stage: Annotated[list[str] | None, typer.Option(help="Stage; give it again for several.")] = None,
    before: Annotated[str | None, typer.Option("--from", help="Stage in the snapshot before: a move from it.")] = None,
    after: Annotated[str | None, typer.Option("--to", help="Stage now: a move to it.")] = None,
    band: Annotated[str | None, typer.Option(help="Risk band.")] = None,
    tier: Annotated[str | None, typer.Option(help="Stay tier; with --band a cell.")] = None,
    layer: Annotated[str | None, typer.Option(help="Group of a layer, as 'rfm=important, to value'.")] = None,
    segment: Annotated[str | None, typer.Option(help="Segment.")] = None,
    tag: Annotated[str | None, typer.Option(help="Tag.")] = None,
    level: Annotated[str | None, typer.Option(help="Member level.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="A comparison as plays have them, such as 'order_count_90d >= 3'; all must hold."),
    ] = None,
    most: Annotated[int | None, typer.Option(min=1, help="Users at most, the first by --by. Default: all.")] = None,
    by: Annotated[str, typer.Option(help="value_at_stake, risk or rank: who comes first.")] = "value_at_stake",
    form: Annotated[str, typer.Option("--format", help="csv, jsonl or parquet.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="File to write. Default: list.csv and so on.")] = None,
    language: Annotated[str, typer.Option(help="en or zh: of the reasons.")] = "en",
    snapshot: Annotated[str, typer.Option(help="Snapshot: its run, latest or previous.")] = "latest",
    config: File = HERE,
) -> None:
    """List users with why they may leave and by what they may be written to; to look at: a campaign sends."""
    from serving.batch.listing import named
    from serving.campaigns.lists.list_file import FORMATS, write
    from serving.campaigns.lists.user_list import ORDERS, Wanted, can_be_asked
    from serving.terminal.console import progress, say
    from serving.terminal.monitoring.stale import show_stale

    if language not in ("en", "zh"):
        raise BadInput(f"--language '{language}': write en or zh")
    rules = [("--stage", f"stage in ({', '.join(map(_text, stage))})")] if stage else []
    given = {
        "--from": ("stage_before", before),
        "--to": ("stage", after),
        "--band": ("risk_band", band),
        "--tier": ("stay_tier", tier),
        "--level": ("level", level),
    }
    rules += [(option, f"{name} == {_text(one)}") for option, (name, one) in given.items() if one is not None]
    if layer is not None:
        name, equals, group = layer.partition("=")
        if not equals:
            raise BadInput(f"--layer '{layer}': write it as LAYER=GROUP, such as 'rfm=important, to value'")
        rules.append(("--layer", f"layer:{name.strip()} == {_text(group.strip())}"))
    rules += [("--segment", f"segment:{segment} == true")] * (segment is not None)
    rules += [("--tag", f"tag:{tag} == true")] * (tag is not None)
    rules += [("--where", one) for one in where or []]
    file = out or Path(f"list.{form}")
    for option, given_text, known in (("--format", form, FORMATS), ("--by", by, ORDERS)):
        if given_text not in known:  # before the tables are read, which may take minutes
            raise BadInput(f"{option} '{given_text}': {did_you_mean(given_text, known)}")
    with session(config) as (settings, con):
        for option, rule in rules:
            can_be_asked(settings, option, rule)
        scored = named(settings.store_path, snapshot)
        base = read(con, settings)
        with progress() as step:
            wanted = Wanted(tuple(rule for _, rule in rules), by, most, language)
            count = write(base, scored, wanted, form, file, step)
    say(f"wrote {file}: {count:,} users of {scored.run_id}")
    show_stale(settings, scored.manifest, language)


def _text(value: str) -> str:
    quote = '"' if "'" in value else "'"
    return f"{quote}{value}{quote}"
