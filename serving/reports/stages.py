"""The stages job: where users stand at several dates, the flow between them, and its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.errors import BadInput
from features.groups.lifecycle import Flow, Placed, flow, names, replay
from features.progress import Progress, silent
from features.user_base import UserBase
from features.wall_clock import later, wall
from serving.batch.snapshot import on_date
from serving.reports import flow_page, sankey

DATES = 4
MOST = 200


@dataclass(frozen=True)
class Stages:
    """Users on their stages at each date, the flows between consecutive dates, and the files written."""

    placed: list[Placed]
    flows: list[Flow]
    files: list[Path]


def dates(base: UserBase, begin: datetime | None, end: datetime | None, every: float | None) -> list[datetime]:
    """The dates from begin to end, ``every`` days apart, ending at the end; default: the last four, a horizon apart."""
    end, every = end or base.tables.observed_until, every or base.config.horizon
    zone = base.config.project.timezone
    begin = begin or later(end, -every * (DATES - 1), zone)
    if begin >= end:
        raise BadInput(f"--from {begin:%Y-%m-%d}: is not before --to {end:%Y-%m-%d}; name an earlier date")
    count = int((wall(end, zone) - wall(begin, zone)) / timedelta(days=every)) + 1
    if not 2 <= count <= MOST:
        raise BadInput(f"--every {every:g}: gives {count} dates; there must be 2 to {MOST}")
    return [later(end, -every * back, zone) for back in reversed(range(count))]


def stages(base: UserBase, at: Sequence[datetime], folder: Path, progress: Progress = silent) -> Stages:
    """Place everybody at each date and write ``stages.parquet``, ``flow.parquet``, ``flow.html`` and ``flow.png``.

    A date's risk bands come from a snapshot of that date; where there is none, nobody is at risk by band alone.
    Raises BadInput for rules on what is only known of today, where a date lies before the end of the logs.
    """

    def bands(date: datetime, users: pa.Table) -> pa.Array | None:
        snapshot = on_date(base.config.store_path, date)
        return None if snapshot is None else snapshot.column("risk_band", users["user_id"])

    placed = replay(base, at, bands, progress, base.tables.observed_until)
    flows = [flow(begin, end) for begin, end in pairwise(placed)]
    called = names(base.config)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in ("stages.parquet", "flow.parquet", "flow.html", "flow.png")]
    when = pa.timestamp("us", "UTC")
    everybody = [one.users.append_column("as_of", pa.array([one.at] * len(one.users), when)) for one in placed]
    rows = [
        {"begin": f.begin, "end": f.end, "from": a, "to": b, "users": n}
        for f in flows
        for (a, b), n in f.counts.items()
    ]
    schema = pa.schema(
        [("begin", when), ("end", when), ("from", pa.string()), ("to", pa.string()), ("users", pa.int64())]
    )
    base.still_as_read()
    _write(pa.concat_tables(everybody), files[0])
    _write(pa.Table.from_pylist(rows, schema), files[1])
    flow_page.write(flows, called, files[2])
    sankey.png(flows, {name: english for name, (english, _) in called.items()}, files[3])
    return Stages(placed, flows, files)


def _write(table: pa.Table, file: Path) -> None:
    whole_files.write(file, lambda part: pq.write_table(table, part, compression="zstd"))
