"""Earlier snapshots that boards look back on: a few, spread over the last horizons."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput

MANIFEST = "manifest.json"  # of a snapshot, which is not opened here: only its files are looked at
MOST = 12  # looked back on
STEPS = 4  # looks a horizon where there are more
Dates = dict[datetime, list[tuple[Path, dict[str, Any]]]]  # folders of snapshots and their manifests


def history(store: Path, at: datetime, horizon: float, user: pa.DataType) -> dict[datetime, list[Path]]:
    """Dates before ``at`` → the files of the snapshot of that date, oldest first; MOST at most.

    Where there are more: the newest, and those nearest to every quarter of a horizon back. Snapshots that cannot be
    opened, or whose user ids are of another type, are passed over. Files are not held against their hashes, which would
    read them from end to end; a part that is not there or has other rows than the manifest says is noticed.
    """
    found = {}
    for one, folders in wanted(_dates(store, at), at, horizon).items():
        for folder, manifest in reversed(folders):
            if files := _files(folder, manifest, user):
                found[one] = files
                break
    return dict(sorted(found.items()))


def wanted(dates: Dates, at: datetime, horizon: float) -> Dates:
    """Those of the dates that are looked back on."""
    if len(dates) <= MOST:
        return dates
    looks = [at - timedelta(days=horizon * step / STEPS) for step in range(1, MOST)]
    kept = {max(dates), *(_nearest(dates, look) for look in looks)}
    return {one: there for one, there in dates.items() if one in kept}


def _nearest(dates: Iterable[datetime], look: datetime) -> datetime:
    return min(dates, key=lambda one: (abs(one - look), one))


def _dates(store: Path, at: datetime) -> Dates:
    """As-of → the snapshots of that moment, the one made last at the end; of earlier days only."""
    found: dict[datetime, list[tuple[int, Path, dict[str, Any]]]] = {}
    for file in (store / "snapshots").glob(f"[0-9]*/{MANIFEST}"):
        if file.parent.name[:10] < f"{at:%Y-%m-%d}":
            with suppress(BadInput, OSError, KeyError, ValueError):  # of an older format, damaged, or pruned meanwhile
                made, manifest = file.stat().st_mtime_ns, whole_files.read_sealed(file)
                found.setdefault(datetime.fromisoformat(manifest["as_of"]), []).append((made, file.parent, manifest))
    return {one: [(of, about) for _, of, about in sorted(there, key=lambda x: x[0])] for one, there in found.items()}


def _files(folder: Path, manifest: dict[str, Any], user: pa.DataType) -> list[Path]:
    """A snapshot's files; none where one is not there, or is another's."""
    found = []
    try:
        for part in manifest["parts"]:
            file = folder / part["file"]
            told = pq.read_metadata(file)
            if told.num_rows != part["rows"] or told.schema.to_arrow_schema().field("user_id").type != user:
                return []
            found.append(file)
    except (OSError, pa.ArrowException, KeyError):
        return []
    return found
