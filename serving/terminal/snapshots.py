"""Snapshots as a person sees them in the terminal: the list, two compared, one verified, old ones removed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from features.config import Config
from features.groups.lifecycle import names
from serving.batch.diff import Diff, Moves
from serving.batch.listing import Entry
from serving.batch.prune import Pruned
from serving.batch.snapshot import Snapshot
from serving.terminal.console import console, say

NO_VALUE = "not eligible"


def show_shelf(entries: Sequence[Entry]) -> None:
    """Every snapshot: its run, as-of, users, model, size, and which one is the latest."""
    if not entries:
        say("no snapshot yet; make one with 'holdfast score'")
        return
    table = Table(title="Snapshots, newest first", title_justify="left")
    for heading in ("", "run", "as of", "made (UTC)", "users", "eligible", "model", "size"):
        right = heading in ("users", "eligible", "size")
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for one in entries:
        about = one.snapshot.manifest if one.snapshot else {}
        counts = [f"{about[key]:,}" if key in about else "–" for key in ("users", "eligible")]
        as_of, model = about.get("as_of", "–")[:16].replace("T", " "), about.get("model_version", "–")
        made = f"{one.made:%Y-%m-%d %H:%M}"
        table.add_row("latest" if one.latest else "", one.folder.name, as_of, made, *counts, model, _size(one.size))
    console().print(table)
    for one in entries:
        if one.problem:
            say(one.problem)


def show_verified(snapshot: Snapshot) -> None:
    """One line: the snapshot is as it was written."""
    parts = snapshot.manifest["parts"]
    rows = sum(part["rows"] for part in parts)
    say(f"{snapshot.folder}: {rows:,} users, {_many(len(parts), 'part')}, all as they were written")


def show_diff(config: Config, found: Diff, out: Path | None) -> None:
    """Users who came and went, and by stage, band and tier how many moved from where to where."""
    say(
        f"{found.old.run_id} to {found.new.run_id}: {found.stayed:,} users in both, {found.came:,} came, "
        f"{found.went:,} went; {found.moved:,} of those in both moved"
    )
    labels = {
        "stage": {name: english for name, (english, _) in names(config).items()},
        "risk_band": {name: name for name in config.risk.names},
        "value_tier": {name: name for name in config.value.tiers},
    }
    for group, moves in found.moves.items():
        _show_moves(group, moves, labels[group])
    if out is not None:
        say(f"wrote {out}: {found.moved + found.came + found.went:,} users who moved, came or went")


def show_pruned(pruned: Pruned, dry_run: bool) -> None:
    """What was removed, or would be."""
    verb = "would remove" if dry_run else "removed"
    for kind, folders in (("snapshot", pruned.snapshots), ("unfinished run", pruned.unfinished)):
        for folder, size in folders.items():
            say(f"{verb} {kind} {folder}: {_size(size)}")
    count, total = len(pruned.snapshots) + len(pruned.unfinished), sum(pruned.snapshots.values())
    total += sum(pruned.unfinished.values())
    say(f"{verb} {_many(count, 'folder')}, {_size(total)}" if count else "nothing to remove")


def _show_moves(group: str, moves: Moves, labels: Mapping[str, str]) -> None:
    """Rows are where users were, columns where they are now; the share is that of users who left their row.

    labels: what the groups, in their order, are called.
    """
    seen = {one for pair in moves for one in pair}
    listed: list[str | None] = [one for one in labels if one in seen]
    rest = sorted(one for one in seen - set(listed) if one is not None)
    groups = [*listed, *rest, *([None] if None in seen else [])]
    table = Table(title=f"{group}: before (rows) and after (columns)", title_justify="left")
    table.add_column("")
    shown = {one: NO_VALUE if one is None else labels.get(one, one) for one in groups}
    for one in groups:
        table.add_column(shown[one], justify="right")
    table.add_column("moved", justify="right")
    for before in groups:
        counts = [moves.get((before, after), 0) for after in groups]
        gone = sum(counts) - moves.get((before, before), 0)
        share = f"{gone / sum(counts):.1%}" if any(counts) else "–"
        table.add_row(shown[before], *(f"{count:,}" if count else "" for count in counts), share)
    console().print(table)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"
