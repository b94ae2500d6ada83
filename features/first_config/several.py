"""Several files: parts of one table become one path, and the lines of orders are told from the orders."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from features.errors import BadInput
from features.first_config import roles
from features.first_config.guess import Guess, as_orders
from features.first_config.money import money
from features.first_config.names import ORDER, ORDER_WORDS, QUANTITY, UNIT_PRICE
from features.first_config.other_names import ITEM
from features.first_config.roles import by_name
from features.first_config.sample import Sample
from features.first_config.words import plain
from features.places.files import FORMS, PACKED, form_of

ENDINGS = tuple(ending + packed for endings in FORMS.values() for ending in endings for packed in ("", *PACKED))
TRUTH = "truth"  # beside the tables of 'holdfast simulate'; of no shop
LOOKED_INTO = 3  # of the parts of a table


@dataclass(frozen=True)
class Part:
    """Files of one form and header, and a sample of some of them. guess: what they are, or the error that says why
    they are nothing."""

    files: tuple[Path, ...]
    sample: Sample
    guess: Guess | BadInput


def expand(given: Sequence[Path]) -> list[Path]:
    """The files that a person named: themselves, those that a glob finds, and all below a folder whose form is known.

    Raises BadInput, naming it, for what is not there.
    """
    found: list[Path] = []
    for one in given:
        if one.is_dir():
            here = (path for path in one.rglob("*") if is_known(path))
            below = sorted(path for path in here if not _passed_over(path.relative_to(one)))
            if not below:
                raise BadInput(f"{one}: no file of a known form in this folder; name your files")
            found += below
        elif not one.exists() and glob.has_magic(str(one)):
            matched = [Path(path) for path in sorted(glob.glob(str(one), recursive=True))]  # noqa: PTH207
            if not matched:
                raise BadInput(f"{one}: finds no file; correct the path")
            found += [path for path in matched if path.is_file()]
        else:
            found.append(one)
    return list(dict.fromkeys(found))


def is_known(path: Path) -> bool:
    """Whether a file that nobody named may be meant: a text may be anything."""
    return path.is_file() and path.name.lower().endswith((*ENDINGS, ".zip")) and ".txt" not in path.suffixes


def parts(samples: Sequence[Sample]) -> list[tuple[Path, ...]]:
    """Files with the same header and form, in one folder or below one."""
    of: dict[tuple[object, ...], list[Path]] = {}
    for one in samples:
        of.setdefault((one.names, form_of(str(one.file)), one.encoding), []).append(one.file)
    return [tuple(files) for files in of.values()]


def joined(samples: Sequence[Sample]) -> Sample:
    """One sample of the first, the middle and the last of some files with one header."""
    chosen = {0, len(samples) // 2, len(samples) - 1} if len(samples) >= LOOKED_INTO else set(range(len(samples)))
    some = [samples[place] for place in sorted(chosen)]
    rows = {name: [value for one in some for value in one.rows.get(name, [])] for name in some[0].names}
    return replace(some[0], rows=rows)


def patterns(files: Sequence[Path], folder: Path) -> list[str]:
    """How files are named in holdfast.toml, which lies in ``folder``: one glob where one finds these files and no
    others, else each by itself."""
    shown = [_shown(file, folder) for file in files]
    if len(shown) > 1:
        for pattern in _globs(shown):
            if sorted(glob.glob(pattern, root_dir=folder, recursive=True)) == sorted(shown):  # noqa: PTH207
                return [pattern]
    # The path is a pattern: brackets in a file's name must not count as one.
    return [glob.escape(one) for one in shown]


def lines_of_orders(found: Sequence[Part]) -> tuple[list[Part], list[str]]:
    """The parts without those that are lines of others' orders, or their payments; where the orders have no amounts of
    their own, with a question. And what to tell of those that went."""
    kept, told = list(found), []
    for other in found:
        for whole in found:
            if other is whole or whole not in kept or not (key := _key(other, whole)):
                continue
            assert isinstance(whole.guess, Guess)
            names = ", ".join(file.name for file in other.files[:2])
            what = _what(other)
            if whole.guess.columns.get("amount", "") and whole.guess.table == "orders":
                told.append(f"{names}: {what} of {whole.files[0].name} (by {key}): left out, the orders have amounts")
            else:
                cure = (
                    f"{names} has their {what} by '{key}'{_sum(other)}: join them to one file with a row an order, and "
                    "write that as path and its sum here"
                )
                kept[kept.index(whole)] = replace(whole, guess=as_orders(whole.guess, cure))
                told.append(f"{names}: {what} of {whole.files[0].name} (by {key}): a question about it is written")
            kept.remove(other)
            break
    return kept, told


def _key(lines: Part, orders: Part) -> str:
    """The column by which a part's rows belong to another's orders; empty where they do not."""
    if not isinstance(orders.guess, Guess) or not orders.guess.order or orders.guess.table not in ("orders", "events"):
        return ""
    names = [one.name for one in by_name(ORDER, lines.sample.names, "", ORDER_WORDS) if plain(one.name) != "id"]
    key = next((name for name in names if plain(name) == plain(orders.guess.order)), "")
    if not key and plain(orders.guess.order) == "id":  # orders.id, lines.order_id
        key = names[0] if names else ""
    own = set(map(plain, lines.sample.names))
    told = (
        by_name(ITEM, lines.sample.names) or by_name(UNIT_PRICE, lines.sample.names) or money(lines.sample, key).amount
    )
    if not key or not told or not own - set(map(plain, orders.sample.names)):
        return ""
    alone = isinstance(lines.guess, BadInput)  # no person or no time: it can be nothing else
    return key if alone or (_repeats(lines, key) and not _repeats(orders, orders.guess.order)) else ""


def _repeats(one: Part, name: str) -> bool:
    values = one.sample.filled(name)
    return len(set(values)) < len(values)


def _what(one: Part) -> str:
    of_items = by_name(ITEM, one.sample.names) or by_name(QUANTITY, one.sample.names)
    return "lines" if of_items else "payments"


def _sum(one: Part) -> str:
    found = money(one.sample, roles.order(one.sample, "")).amount
    return f" ({found})" if found and not found.startswith("?") else ""


def _globs(shown: Sequence[str]) -> list[str]:
    first, last = min(shown), max(shown)
    same = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    start = first[:same]
    turned = [one[::-1] for one in shown]
    first, last = min(turned), max(turned)
    same = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    end = first[:same][::-1]
    folder, slash, name = start.rpartition("/")
    ending = end.rpartition("/")[2]
    tight = f"{glob.escape(folder + slash + name)}*{glob.escape(ending)}"
    suffix = "." + ".".join(ending.split(".")[1:]) if "." in ending else ending
    head = glob.escape(folder + slash)
    wide = f"{glob.escape(start)}*{glob.escape(end)}"
    return [tight, wide, f"{head}*{suffix}", f"{head}*/*{suffix}", f"{head}**/*{suffix}"]


def _shown(file: Path, folder: Path) -> str:
    path = file.absolute()
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def _passed_over(path: Path) -> bool:
    """Whether a file below a folder is hidden, or in the folder of what only a simulation knows."""
    return path.parts[0] == TRUTH or any(one[0] in "._" for one in path.parts)
