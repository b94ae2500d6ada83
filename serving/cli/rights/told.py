"""What became of people's rights, as a person reads it in the terminal."""

from collections.abc import Sequence
from pathlib import Path

from features.config import Config
from serving.rights.erase import Erased
from serving.rights.kept import KINDS, Kept
from serving.terminal.console import say


def show_erased(config: Config, done: Erased) -> None:
    """What went, by place; then what lies outside the store and is somebody else's to erase."""
    many = f"{done.users:,} user{'s' if done.users != 1 else ''}"
    going_on = "went on with an erasure that was stopped: " if done.again else ""
    say(f"{going_on}erased {many} from {config.store_path}: {sum(done.rows.values()):,} rows")
    for place, count in done.rows.items():
        say(f"  {place}: {count:,}")
    if not done.rows:
        say("nothing was found of them: see that the ids are written as the tables have them")
    say("they are suppressed: rows that the source tables still hold of them are left out from now on")
    say("outside the store, yours to erase:")
    for one in done.sources:
        say(f"  {one}")
    for one in done.lists:
        say(f"  sent to another system: {one}")
    say("  files that 'holdfast list', 'features' and 'export-user' wrote elsewhere, and backups")


def show_kept(found: Kept, files: Sequence[Path]) -> None:
    """How much is kept about a user, by kind, and the files that tell all of it."""
    rows: dict[str, int] = {}
    for one in found.places:
        rows[one.kind] = rows.get(one.kind, 0) + len(one.rows)
    say(f"{sum(rows.values()):,} rows are kept about this user, in {len(found.places):,} files")
    for kind, count in rows.items():
        say(f"  {KINDS[kind][0]}: {count:,}")
    if found.suppressed:
        say("this user was erased before: of the id only a salted hash is kept")
    for file in files:
        say(f"wrote {file}")
