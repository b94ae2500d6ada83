"""Takes people out of what is kept of tables by user and day."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.partials.day_table import ON
from features.partials.shelf import FOLDER, Kept, on_shelf, put
from serving.rights.people import People


def erase_from_partials(store: Path, people: People) -> int:
    """Take away every day on which one of them is: how many of their rows went. The next build works these days out
    anew, without them. A damaged file, of which nobody can say whom it holds, goes as a whole."""
    return sum(_erase(store, kept, people) for kept in on_shelf(store))


def _erase(store: Path, kept: Kept, people: People) -> int:
    try:
        rows = pq.ParquetFile(kept.file).read(use_threads=False) if kept.sound else None
        keys = kept.keys if rows is not None else {}
    except (OSError, pa.ArrowException, KeyError, ValueError):
        rows, keys = None, {}
    if rows is None:
        kept.file.unlink(missing_ok=True)
        return 0
    theirs = rows.filter(people.rows_of(rows))
    if not len(theirs):
        return 0
    days = pc.unique(theirs[ON])
    left = {day: key for day, key in keys.items() if day not in set(days.to_pylist())}
    if left:
        others = rows.filter(pc.invert(pc.is_in(rows[ON], value_set=days)))
        put(store, kept.file.relative_to(store / FOLDER).parts[0], left, others)
    kept.file.unlink()
    return len(theirs)
