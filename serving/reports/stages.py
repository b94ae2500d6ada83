"""The stages job: where users stand at several dates, the flow between them, and its pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise
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

DATES = 4
MOST = 200
WHEN = pa.timestamp("us", "UTC")
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
        return pq.read_table(self.files[0])


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

    Rows come by bucket, in it by date and user; memory goes by the bucket. A date's risk bands come from a snapshot of
    that date; where there is none, nobody is at risk by band alone. Raises BadInput for rules on what is only known of
    today, where a date lies before the end of the logs.
    """
    lifecycle.check_dates(base.config, base.tables, at, base.tables.observed_until)
    found: list[tuple[list[Tally], list[Flow], dict[str, tuple[float, int]]]] = []

    def fill(file: Path) -> None:
        writer = None
        try:
            for placed in _placed(base, at, digits, progress):
                for one in placed:
                    rows = one.users.append_column("as_of", pa.array([one.at] * len(one.users), WHEN))
                    writer = writer or pq.ParquetWriter(file, rows.schema, compression="zstd")
                    writer.write_table(rows)
                tallies = [lifecycle.tally(base.config, one) for one in placed]
                flows = [lifecycle.flow(begin, end) for begin, end in pairwise(placed)]
                found.append((tallies, flows, lifecycle.days_on_stage(base.config, placed)))
        finally:
            if writer:
                writer.close()
        base.still_as_read()

    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in ("stages.parquet", "flow.parquet", "flow.html", "flow.png")]
    whole_files.write(files[0], fill)
    tallies, flows, days = zip(*found, strict=True)
    both = [reduce(add, one) for one in zip(*flows, strict=True)]
    rows = [
        {"begin": f.begin, "end": f.end, "from": a, "to": b, "users": n} for f in both for (a, b), n in f.counts.items()
    ]
    whole_files.write_parquet(files[1], pa.Table.from_pylist(rows, FLOW))
    called = names(base.config)
    flow_page.write(both, called, files[2])
    sankey.png(both, {name: english for name, (english, _) in called.items()}, files[3])
    return Stages([reduce(add, one) for one in zip(*tallies, strict=True)], both, _means(days), files)


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


def _means(buckets: Sequence[dict[str, tuple[float, int]]]) -> dict[str, float]:
    """Days a user, by stage, of all buckets together; without the stages that nobody was on."""
    found = {}
    for name in buckets[0]:
        days, users = (sum(one[name][place] for one in buckets) for place in (0, 1))
        if users:
            found[name] = days / users
    return found
