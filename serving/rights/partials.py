"""Takes people out of what is kept of tables by user and day."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.partials.shelf import ON, Kept, on_shelf, without
from serving.rights.people import People


def erase_from_partials(store: Path, people: People) -> int:
    """Take away every day on which one of them is: how many of their rows went. The next build works these days out
    anew, without them. A damaged file, of which nobody can say whom it holds, goes as a whole."""
    return sum(_erase(kept, people) for kept in on_shelf(store))


def _erase(kept: Kept, people: People) -> int:
    try:
        rows = pq.ParquetFile(kept.file).read(use_threads=False) if kept.sound else None
    except (OSError, pa.ArrowException, ValueError):
        rows = None
    if rows is None:
        kept.file.unlink(missing_ok=True)
        return 0
    theirs = rows.filter(people.rows_of(rows))
    if not len(theirs):
        return 0
    without(kept, theirs[ON].to_pylist())
    return len(theirs)
