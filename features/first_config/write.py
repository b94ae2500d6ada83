"""Writes a first holdfast.toml from the files it is shown, guessing which table and columns they are."""

import re
from collections.abc import Sequence
from pathlib import Path

from features import whole_files
from features.errors import BadInput
from features.first_config.guess import Guess, guess
from features.first_config.mirror import Back, mirrored
from features.first_config.sample import Sample, take
from features.first_config.settings import with_settings
from features.first_config.several import TRUTH, Part, expand, is_known, joined, lines_of_orders, parts, patterns
from features.first_config.toml_text import section

HEADER = """# Holdfast's configuration: what was guessed from your files. Check every line.
# A value that begins with "?" is a question: 'holdfast check' stops at it until the answer stands in its place.
"""
REST = """
[churn]
# activity = ["orders"]           # whose rows count as being here: a table, or "events:login"
horizon_days = 90                 # no activity in the 90 days from a cutoff on = churned
eligible_days = 180               # who is scored: last activity at most this many days ago

# Everything else has defaults; the README and docs say what they are.
# [project]
# name = "{name}"                 # names the model in the registry
# timezone = "UTC"                # how timestamps without a zone are read
# [store]
# path = "store"                  # snapshots, pictures, quarantine, MLflow's file
"""


def write(files: Sequence[Path | str], target: Path) -> list[str]:
    """Write ``target`` for the given files, folders and globs, of this machine or URIs of object storage; returns what
    was guessed, a line a table or file.

    Without any it looks at the files of the current folder and leaves out what it cannot make out. Raises BadInput when
    the target is there already, a file cannot be read, or no table can be made out.
    """
    if target.exists():
        raise BadInput(f"{target}: is there already; remove it, or write to another with --config")
    with mirrored(files, target.absolute().parent) as (paths, back):
        return [back(line) for line in _write(paths, target, back)]


def _write(files: Sequence[Path], target: Path, back: Back) -> list[str]:
    found = expand(files) if files else sorted(path for path in Path.cwd().iterdir() if is_known(path))
    if not found:
        raise BadInput("no file to look at; name your CSV or Parquet files: holdfast init orders.csv")
    picked = {file for file in files if file in found}  # by name, not from a folder or glob
    samples, told = _samples(found, picked)
    looked = [_look(samples, group) for group in parts(list(samples.values()))]
    kept, of_lines = lines_of_orders(looked)
    sections: dict[str, str] = {}
    first: dict[str, Path] = {}
    refused: list[str] = []
    folder = target.absolute().parent
    for part in kept:
        if isinstance(part.guess, BadInput):
            if picked & set(part.files):
                raise BadInput(f"{part.files[0]}: {part.guess}")
            told[part.files[0]] = f"{part.files[0].name}: left out: {part.guess}"
            refused.append(f"{part.files[0].name}: {part.guess}")
            continue
        name = part.guess.table
        if name in sections:
            raise BadInput(
                f"{part.files[0]}: looks like {name}, and so did a file before it ({first[name]}); "
                "name one file per table"
            )
        complete = with_settings(part.sample, part.guess)
        sections[name] = section(complete, part.sample, patterns(part.files, folder))
        first[name] = part.files[0]
        told[part.files[0]] = _line(part, complete)
    if not {"orders", "events"} & set(sections):
        why = f": {refused[0]}" if refused and not sections else "; write [tables.orders] by hand"
        raise BadInput(f"{found[0]}: neither orders nor events can be made out{why}")
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", folder.name) or "holdfast"
    whole_files.write_text(target, HEADER + back("".join(sections.values())) + REST.format(name=name))
    for one in (one for one in files if (one / TRUTH).is_dir()):
        of_lines.append(f"{one / TRUTH}: left out: what 'holdfast simulate' knows of its users and no log tells")
    return [told[file] for file in found if file in told] + of_lines


def _samples(found: Sequence[Path], picked: set[Path]) -> tuple[dict[Path, Sample], dict[Path, str]]:
    """A sample of every file, and what to tell of those that cannot be read."""
    samples, told = {}, {}
    for file in found:
        try:
            samples[file] = take(file)
        except BadInput as error:
            if file in picked:
                raise BadInput(f"{file}: {error}") from None
            told[file] = f"{file.name}: left out: {error}"
    return samples, told


def _look(samples: dict[Path, Sample], files: tuple[Path, ...]) -> Part:
    sample = joined([samples[file] for file in files])
    try:
        return Part(files, sample, guess(sample))
    except BadInput as error:
        return Part(files, sample, error)


def _line(part: Part, found: Guess) -> str:
    """What was guessed, for the terminal; a question by its key alone."""
    shown = ", ".join(f"{ours} = {'?' if theirs[:1] == '?' else theirs}" for ours, theirs in found.columns.items())
    files = f"{part.files[0]}" + (f" and {len(part.files) - 1} more" if len(part.files) > 1 else "")
    asked = f"; asks for {', '.join(found.asked)}" if found.asked else ""
    return " ".join(f"{files}: {found.table} ({shown}){asked}".splitlines())
