"""`holdfast campaign`: from a scored base to lists that may be sent. Nothing is sent by itself."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from features import whole_files
from features.errors import BadInput
from serving.cli.command import HERE, File, read, session, settings_of

# All else is imported where it is used: --help answers at once.

Which = Annotated[str, typer.Argument(help="Run, as 'holdfast campaign show --all' names it, or latest.")]
By = Annotated[str | None, typer.Option(help="Name of who does it, as it is kept. Default: the account's.")]
Language = Annotated[str, typer.Option("--language", help="Of what is printed: en or zh.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the report to this file.")]

campaign = typer.Typer(
    help="Plan, show, approve, export and read back campaign runs: whom the playbook writes to. Nothing is sent."
)


@campaign.command("plan")
def plan_run(
    snapshot: Annotated[str, typer.Option(help="Snapshot to plan from: its run, latest or previous.")] = "latest",
    only: Annotated[list[str] | None, typer.Option(help="Play of the run; default: every play.")] = None,
    budget: Annotated[list[str] | None, typer.Option(help="PLAY=N: another budget of a play, for this run.")] = None,
    most: Annotated[list[str] | None, typer.Option(help="PLAY=N: users that a play may treat, for this run.")] = None,
    add: Annotated[
        list[Path] | None, typer.Option(help="File of more [[play]], for this run; they come before the playbook's.")
    ] = None,
    by: By = None,
    language: Language = "en",
    json_file: Json = None,
    config: File = HERE,
) -> None:
    """Apply the playbook to a snapshot: who is in which play, who is held out, and why others are not."""
    from serving.batch.listing import named
    from serving.campaigns.drafts.adjusted import adjusted
    from serving.campaigns.plan import plan
    from serving.terminal.campaigns import show_run
    from serving.terminal.console import progress
    from serving.terminal.monitoring.stale import show_stale

    language = _language(language)  # before the work
    with session(config) as (settings, con):
        if only or budget or most or add:
            budgets, places = _numbers("--budget", budget or [], float), _numbers("--most", most or [], int)
            settings = adjusted(settings, only or (), budgets, places, add or ())
        scored = named(settings.store_path, snapshot)
        base = read(con, settings)
        with progress() as step:
            run = plan(base, scored, by, step)
    show_run(run, language)
    show_stale(settings, scored.manifest, language)
    _write(json_file, run.report)


@campaign.command("show")
def show(
    which: Which = "latest",
    user: Annotated[str | None, typer.Option(help="Show only what the run decided about this user, by id.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List every run instead.")] = False,
    language: Language = "en",
    json_file: Json = None,
    config: File = HERE,
) -> None:
    """Show a run's plays with the fates of their users, or what it decided about one user."""
    from serving.campaigns.one_user import fates
    from serving.campaigns.run import open_run, runs
    from serving.terminal.campaigns import show_run, show_runs, show_user

    store = settings_of(config).store_path
    if every:
        show_runs(runs(store), _language(language))
        return
    run = open_run(store, which)
    if user is None:
        show_run(run, _language(language))
        _write(json_file, run.report)
        return
    show_user(run, user, fates(run, run.id_of(user)), _language(language))


@campaign.command("approve")
def approve(which: Which = "latest", by: By = None, language: Language = "en", config: File = HERE) -> None:
    """Approve a run, so that its lists may be exported; never by who planned it."""
    from serving.campaigns import receipts
    from serving.campaigns.plan import account
    from serving.campaigns.run import open_run
    from serving.terminal.campaigns import show_standing

    language, run = _language(language), open_run(settings_of(config).store_path, which)
    receipts.approve(run, by or account(), _now())
    show_standing(run, language)


@campaign.command("export")
def export_list(
    which: Which = "latest",
    play: Annotated[list[str] | None, typer.Option(help="Play whose list it is; default: every play.")] = None,
    form: Annotated[
        str, typer.Option("--format", help="csv, jsonl, parquet, braze, clevertap, meta or wecom.")
    ] = "csv",
    listed: Annotated[
        str, typer.Option("--list", help="full, or since the export before: in (who came), out (who left).")
    ] = "full",
    text: Annotated[str, typer.Option(help="Text of the message, for formats that carry one.")] = "",
    by: By = None,
    language: Language = "en",
    config: File = HERE,
) -> None:
    """Write an approved run's lists for a platform; consent is read again, and nothing is sent."""
    from serving.campaigns.export import allowed, export
    from serving.campaigns.formats.table import named
    from serving.campaigns.plan import account
    from serving.campaigns.run import open_run
    from serving.terminal.outcomes import show_after_export, show_exported

    language = _language(language)
    with session(config) as (settings, con):
        run = open_run(settings.store_path, which)
        plays = play or list(run.plays)
        for name in plays:  # before the tables are read, which may take minutes
            allowed(run, name, listed, _now(), settings.project.timezone)
        named(form)
        base = read(con, settings)
        written = False
        for name in plays:
            done = export(base, run, name, form, _now(), by or account(), listed, text)
            show_exported(done, language)
            written = written or bool(done.receipt["files"])
    if written:
        show_after_export(run, language)


@campaign.command("tags")
def tags(
    channel: Annotated[str, typer.Option(help="Channel whose users are tagged.")],
    form: Annotated[str, typer.Option("--format", help="csv, jsonl, parquet or wecom.")] = "csv",
    snapshot: Annotated[str, typer.Option(help="Snapshot: its run, latest or previous.")] = "latest",
    by: By = None,
    language: Language = "en",
    config: File = HERE,
) -> None:
    """Write which tags to set and to take off since the sync before, for a platform that keeps them."""
    from serving.batch.listing import named
    from serving.campaigns.lists.tag_sync import sync_tags
    from serving.campaigns.plan import account
    from serving.terminal.outcomes import show_synced

    language = _language(language)
    with session(config) as (settings, con):
        scored = named(settings.store_path, snapshot)
        show_synced(sync_tags(read(con, settings), scored, channel, form, _now(), by or account()), language)


@campaign.command("cancel")
def cancel(which: Which = "latest", by: By = None, language: Language = "en", config: File = HERE) -> None:
    """Cancel a run: nothing of it can be exported any more."""
    from serving.campaigns import receipts
    from serving.campaigns.plan import account
    from serving.campaigns.run import open_run
    from serving.terminal.campaigns import show_standing

    language, run = _language(language), open_run(settings_of(config).store_path, which)
    receipts.cancel(run, by or account(), _now())
    show_standing(run, language)


@campaign.command("read-back")
def read_back(language: Language = "en", json_file: Json = None, config: File = HERE) -> None:
    """Match messages with exported lists, tell what was not delivered, and write both arms down to be verified."""
    from dataclasses import asdict

    from serving.campaigns import read_back as outcomes
    from serving.terminal.console import say
    from serving.terminal.outcomes import show_outcomes

    language = _language(language)
    with session(config) as (settings, con):
        base = read(con, settings)
        found = outcomes.read_back(base, _now())
        file = outcomes.write_assignments(base) if found else None
    show_outcomes(found, language)
    if file:
        say(
            f"wrote {file}: "
            + ("两组用户，供 'holdfast verify' 使用" if language == "zh" else "both arms, for 'holdfast verify'")
        )
    _write(json_file, {"outcomes": [asdict(one) for one in found]})


@campaign.command("calendar")
def calendar(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days ahead.")] = 90,
    language: Language = "en",
    config: File = HERE,
) -> None:
    """Show what is ahead: calendar days, days without messages, and the ends of plays."""
    from features.wall_clock import wall
    from serving.campaigns.ahead import ahead
    from serving.terminal.campaigns import show_calendar

    language, settings = _language(language), settings_of(config)
    today = wall(_now(), settings.project.timezone).date()
    show_calendar(ahead(settings, today, days, language), days, language)


def _language(text: str) -> str:
    if text not in ("en", "zh"):
        raise BadInput(f"--language '{text}': write en or zh")
    return text


def _numbers(option: str, given: list[str], kind: Callable[[str], Any]) -> dict[str, Any]:
    """By play, the numbers of an option PLAY=N."""
    found = {}
    for one in given:
        name, _, number = one.rpartition("=")
        try:
            found[name] = kind(number)
        except ValueError:
            raise BadInput(f"{option} '{one}': write PLAY=N, such as {option} winback=300") from None
    return found


def _write(file: Path | None, content: dict) -> None:
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        whole_files.write_text(file, json.dumps(content, indent=1, ensure_ascii=False))
        print(f"wrote {file}")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
