"""The stages job: where users stand at several dates, the flow between them, and its pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.build import known
from features.errors import BadInput
from features.groups import lifecycle
from features.groups.lifecycle import Flow, Placed, Tally, names
from features.progress import Progress, silent
from features.user_base import UserBase
from features.wall_clock import later, wall
from serving.batch.part import prefixes
from serving.batch.snapshot import on_date
from serving.reports import flow_page, sankey
from serving.reports.by_bucket import by_bucket
from serving.reports.work import stages_on_spark
from serving.reports.work.parts import only, read_parts
from serving.reports.work.stage_counts import WHEN, Counted, counted, rows_of

DATES = 4
MOST = 200
USERS = "stages.parquet"
FLOW = pa.schema([("begin", WHEN), ("end", WHEN), ("from", pa.string()), ("to", pa.string()), ("users", pa.int64())])


@dataclass(frozen=True)
class Stages:
    """What is counted at each date, the flows between consecutive dates, the files written, and, by stage, the mean
    days on it between the first date and the last of those who were ever on it."""

    tallies: list[Tally]
    flows: list[Flow]
    days: dict[str, float]
    files: list[Path]

    @property
    def users(self) -> pa.Table:
        """Everybody's stage at each date: ``user_id``, ``stage``, ``healthy``, ``eligible``, ``as_of``."""
        return read_parts(self.files[0].with_name(USERS))


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


def stages(
    base: UserBase, at: Sequence[datetime], folder: Path, progress: Progress = silent, digits: int | None = None
) -> Stages:
    """Place everybody at each date and write ``stages.parquet``, ``flow.parquet``, ``flow.html`` and ``flow.png``.

    Rows come by bucket, in it by date and user; memory goes by the bucket. On Spark executors place and write them,
    where there are several buckets each into a file of its own (``stages-3f.parquet``), and only counts come here. A
    date's risk bands come from a snapshot of that date; where there is none, nobody is at risk by band alone. Raises
    BadInput for rules on what is only known of today, where a date lies before the end of the logs.
    """
    lifecycle.check_dates(base.config, base.tables, at, base.tables.observed_until)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in (USERS, "flow.parquet", "flow.html", "flow.png")]
    if base.config.engine.kind == "spark":
        found, files[0] = stages_on_spark.placed(base, at, files[0], digits, progress)
    else:
        found = []
        whole_files.write(files[0], lambda part: found.extend(_fill(part, base, at, digits, progress)))
        only(files[0])
    all_of = reduce(add, found)
    rows = [
        {"begin": one.begin, "end": one.end, "from": a, "to": b, "users": n}
        for one in all_of.flows
        for (a, b), n in sorted(one.counts.items())
    ]
    whole_files.write_parquet(files[1], pa.Table.from_pylist(rows, FLOW))
    called = names(base.config)
    flow_page.write(all_of.flows, called, files[2])
    sankey.png(all_of.flows, {name: english for name, (english, _) in called.items()}, files[3])
    means = {name: days / users for name, (days, users) in all_of.days.items() if users}  # without stages of nobody
    return Stages(all_of.tallies, all_of.flows, means, files)


def _fill(
    part: Path, base: UserBase, at: Sequence[datetime], digits: int | None, progress: Progress
) -> Iterator[Counted]:
    """Write everybody's stages, and tell what is counted of each bucket."""
    writer = None
    try:
        for placed in _placed(base, at, digits, progress):
            for rows in map(rows_of, placed):
                writer = writer or pq.ParquetWriter(part, rows.schema, compression="zstd")
                writer.write_table(rows)
            yield counted(base.config, placed)
    finally:
        if writer:
            writer.close()
    base.still_as_read()


def _placed(base: UserBase, at: Sequence[datetime], digits: int | None, progress: Progress) -> Iterator[list[Placed]]:
    """Every bucket's users at each date."""
    snapshots = [on_date(base.config.store_path, one) for one in at]
    _, now, looks = lifecycle.read_rules(base.config)
    with by_bucket(base, at[-1], [lifecycle.SILENT, *now, *looks], "stages", digits) as split:
        rules, count = lifecycle.compile_rules(split.part), len(prefixes(split.buckets.digits))
        for done, prefix in enumerate(split.each()):
            placed = []
            for number, (date, snapshot) in enumerate(zip(at, snapshots, strict=True)):
                progress("placing users", done * len(at) + number, count * len(at))
                users = base.con.to_pyarrow(known(split.part, date).order_by("user_id"))
                band = snapshot and snapshot.column("risk_band", users["user_id"], prefix)
                placed.append(lifecycle.place(split.part, date, users, band, rules))
            yield placed
        progress("placing users", count * len(at), count * len(at))
