"""A scored user base: the users most worth keeping, and how many users are in each band, tier and stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from features.config import Config
from features.groups.lifecycle import names
from serving.batch.score import most_worth_keeping
from serving.batch.snapshot import Snapshot
from serving.scoring.wording import Words, span
from serving.terminal.console import console, progress, say
from serving.terminal.models import show_challenger
from serving.terminal.monitoring.stale import show_stale


def show_worth_keeping(snapshot: Snapshot, activity: Sequence[str] = (), count: int = 10) -> None:
    """The users with the most value at stake. activity: ``churn.activity``, for the words of their reasons."""
    table = Table(title="Most worth keeping (churn risk × what they are worth if they stay)", title_justify="left")
    why, words = "first reasons (↑ raises the risk, ↓ lowers it)", Words(activity=tuple(activity))
    headings = ("user", "churn risk", "band", "value if they stay", "stay tier", "value at stake", why)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("band", "stay tier", why) else "right")
    for row in most_worth_keeping(snapshot, count).to_pylist():
        reasons = words.with_text(row["reasons"]) or []
        table.add_row(
            str(row["user_id"]),
            f"{row['churn_risk']:.0%}",
            row["risk_band"],
            f"{row['value_if_stays']:,.2f}",
            row["stay_tier"],
            f"{row['value_at_stake']:,.2f}",
            "\n".join(f"{'↑' if one['contribution'] > 0 else '↓'} {one['text']}" for one in a_theme_each(reasons)[:2]),
        )
    console().print(table)


def show_first(snapshot: Snapshot, config: Config, count: int = 3) -> None:
    """The same for a newcomer: a heading, then two lines a user, in words."""
    say("Most worth keeping (at stake: the risk of leaving × what the user is worth if they stay)")
    words, within = Words(activity=tuple(config.churn.activity)), span(config.horizon, "en")
    for row in most_worth_keeping(snapshot, count).to_pylist():
        raising = [one for one in words.with_text(row["reasons"]) or [] if one["contribution"] > 0]
        lever = next((f" → {one['lever']}" for one in raising if one["lever"]), "")
        why = [one["text"] for one in a_theme_each(raising)]
        risk = f"{row['churn_risk']:.0%} risk of leaving within {within}"
        stake = f"{row['value_at_stake']:,.0f} at stake"
        worth = f"worth {row['value_if_stays']:,.0f} if they stay, {row['stay_tier']} tier"
        say(f"  user {row['user_id']}: {risk}, {stake} ({worth})")
        say(f"    {' · '.join(why[:2]) or 'no reason stands out'}{lever}")


def a_theme_each(told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first reason of each theme: two of one theme say the same twice."""
    found: dict[str, Mapping[str, Any]] = {}
    for one in told:
        found.setdefault(one["theme"], one)
    return list(found.values())


def show_snapshot(snapshot: Snapshot, config: Config) -> None:
    """How many users were scored, into which bands and tiers, beside the snapshot before; the alarms; and how many
    users have a text that the model does not know. config: names the stages."""
    about = snapshot.manifest
    previous = about.get("previous") or {}
    before = previous.get("counts", {})

    def beside(count: int, was: int | None) -> str:
        return f"{count:,}" + (f" ({count - was:+,})" if previous and was is not None else "")

    labels = {f"stage:{name}": english for name, (english, _) in names(config).items()}
    counts: dict[str, list[str]] = {}
    for key in dict.fromkeys([*about["counts"], *before]):
        kind, _, name = key.partition(":")
        count = beside(about["counts"].get(key, 0), before.get(key, 0))
        counts.setdefault(kind, []).append(f"{count} {labels.get(key, name)}")
    users, scored = about["users"], about["eligible"]
    say(
        f"{beside(users, previous.get('users'))} users = {beside(scored, previous.get('eligible'))} scored + "
        f"{users - scored:,} not eligible"
    )
    for kind, title in (
        ("reason_not_eligible", "not eligible"),
        ("risk_band", "risk"),
        ("value_tier", "value"),
        ("stay_tier", "value if they stay"),
        ("stage", "stage"),
    ):
        if kind in counts:
            say(f"  {title}: {', '.join(counts[kind])}")
    if previous:
        say(f"  in brackets: against the snapshot before, {previous['run']}, as of {previous['as_of'][:16]}")
    for alarm in about.get("alarms", []):
        say(f"alarm: {alarm}; see whether the tables are whole, or train again")
    for name, count in about.get("unseen", {}).items():
        who = "1 user has" if count == 1 else f"{count:,} users have"
        say(f"{who} a {name} never seen in training; train again if it is here to stay")
    show_stale(config, about)
    show_challenger(about)
    say(f"snapshot: {snapshot.folder}")


def second_home(config: Config, snapshot: Snapshot) -> None:
    """Copy the snapshot to ``store.postgres``, where that is configured, and say so. Raises BadInput where it fails."""
    home = config.store.postgres
    if home is None:
        return
    from serving.batch.postgres_copy import copy_to_postgres

    with progress() as step:
        done = copy_to_postgres(config, snapshot, step)
    say(f"copied to {home.table}" if done else f"{home.table} holds it already")
