"""Brings what is kept of a table up to date: days that are new or changed are worked out, and nothing else."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa

from features import suppressed
from features.partials.shelf import ON, Kept, key_of, lacks_nobody, mark, on_shelf, put, span_of
from features.suppressed import Suppressed

_log = logging.getLogger(__name__)
OF_OTHERS = 2.0  # days for which a file of the same span stays that no job has used: one may still read it


@dataclass(frozen=True)
class Warm:
    """The files of all days, and the days that were worked out for it."""

    files: list[Kept]
    worked_out: list[int]


def warm(
    store: Path,
    table: str,
    keys: Mapping[int, str],
    work_out: Callable[[Sequence[int]], pa.Table],
    at_once: int,
) -> Warm:
    """The files of a table's days (since 1970), each day with this key; those that are not there are written.

    work_out: the rows of some days, sorted by day, with ON. at_once: how many days may be asked of it in one go. Days
    of a file that is there under an older key, and whose own keys are the same, are taken from there. A damaged file
    counts as none, and a line says so.
    """
    there: dict[int, list[Kept]] = {}
    for one in on_shelf(store, table):
        there.setdefault(one.span, []).append(one)
    erased = suppressed.read(store)
    found, spans = [], {span: list(days) for span, days in groupby(sorted(keys), span_of)}
    missing: dict[int, dict[Kept, list[int]]] = {}  # by span, from which file which days can be taken
    for span, days in spans.items():
        wanted = {day: keys[day] for day in days}
        kept = _sound(table, [one for one in there.get(span, []) if one.key == key_of(wanted)], erased)
        if kept:
            kept[0].use()
            found.append(kept[0])
        else:
            missing[span] = _taken_over(table, there.get(span, []), wanted, erased)
    new = [day for span, taken in missing.items() for day in spans[span] if day not in set().union(*taken.values())]
    waiting = list(missing)
    while waiting:
        now = [waiting.pop(0)]
        asked = [day for day in spans[now[0]] if day in new]
        while waiting and len(asked) + sum(day in new for day in spans[waiting[0]]) <= at_once:
            now.append(waiting.pop(0))
            asked += [day for day in spans[now[-1]] if day in new]
        rows = [work_out(asked[start : start + at_once]) for start in range(0, len(asked), at_once)]
        for span in now:
            mine = [day for day in spans[span] if day in asked]
            parts = [_of_days(one, mine) for one in rows]
            parts += [kept.rows(days) for kept, days in missing[span].items() if days]
            together = pa.concat_tables([one.cast(parts[0].schema.remove_metadata()) for one in parts])
            together = together.sort_by([(ON, "ascending"), ("user_id", "ascending")])
            found.append(put(store, table, {day: keys[day] for day in spans[span]}, together, mark(erased)))
            _clear(there.get(span, []), found[-1])
    return Warm(sorted(found, key=lambda one: one.span), new)


def _sound(table: str, kept: Sequence[Kept], erased: Suppressed) -> list[Kept]:
    """Those whose bytes are what was written, for others go, and which lack nobody."""
    good = [one for one in kept if one.sound]
    for one in kept:
        if one not in good:
            _log.warning("store.partials: tables.%s: %s was damaged; its days are worked out anew", table, one.file)
            one.file.unlink(missing_ok=True)
    return [one for one in good if lacks_nobody(one, erased)]


def _taken_over(
    table: str, kept: Sequence[Kept], wanted: Mapping[int, str], erased: Suppressed
) -> dict[Kept, list[int]]:
    """Which of the wanted days the file has that has most of them."""
    same: dict[Kept, list[int]] = {}
    for one in _sound(table, kept, erased):
        same[one] = [day for day, key in one.keys.items() if wanted.get(day) == key]
    best = max(same, key=lambda one: len(same[one]), default=None)
    return {best: same[best]} if best and same[best] else {}


def _of_days(rows: pa.Table, days: Sequence[int]) -> pa.Table:
    """The rows of days that lie in one span."""
    begin, end = np.searchsorted(rows[ON].to_numpy(), [min(days), max(days) + 1]) if days else (0, 0)
    return rows.slice(begin, end - begin)


def _clear(kept: Sequence[Kept], now: Kept) -> None:
    """Remove older files of the span that nobody needs any more."""
    for one in kept:
        with suppress(FileNotFoundError):  # another job did
            if one.file != now.file and one.unused > OF_OTHERS:
                one.file.unlink()
