"""The layers job: every user's group in every layer, at a date, with cuts that are kept from the first run on."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features import whole_files
from features.build import known
from features.build.look_up import look_up, prepare
from features.build.only_todays_value import refuse_undated
from features.config import Config
from features.config.layer_rules import STATES, Layer, load_cuts, save_cuts, work_out
from features.errors import BadInput, did_you_mean
from features.groups import layer_cuts
from features.progress import Progress, silent
from features.user_base import UserBase
from serving.batch.part import prefixes
from serving.batch.snapshot import Snapshot, on_date
from serving.reports.by_bucket import ByBucket, by_bucket
from serving.reports.work import layers_on_spark
from serving.reports.work.layer_groups import groups
from serving.reports.work.parts import only, read_parts

CUTS = "cuts.json"
USERS, COUNTS = "layers.parquet", "counts.parquet"
ACTIVE = "active_total"  # cuts are of the users who were ever active


@dataclass(frozen=True)
class Layered:
    """Users in their groups. counts: (layer, group) → users, groups without users too; total: all users."""

    as_of: datetime
    layers: list[Layer]
    counts: dict[tuple[str, str], int]
    total: int
    cuts: dict[str, float]
    without: list[str]
    files: list[Path]

    @property
    def users(self) -> pa.Table:
        """``user_id`` and a column of group names per layer."""
        return read_parts(self.files[0].with_name(USERS))


def layered(
    base: UserBase,
    as_of: datetime | None,
    folder: Path,
    names: Sequence[str] = (),
    recut: bool = False,
    progress: Progress = silent,
    digits: int | None = None,
) -> Layered:
    """Put everybody known at the date into groups, and write ``layers.parquet``, then ``counts.parquet``, which the
    pages read (layer, group, zh, users, as_of), and, where a cut is new, ``cuts.json``.

    as_of: the date; default: the end of the logs. names: the layers wanted; default: all. recut: work out every cut
    anew. Rows come by bucket of md5(user_id as text), in it by user; memory goes by the bucket, but for the columns
    that cuts are of, which are held whole, one after another. On Spark cuts are worked out there, executors group and
    write users, where there are several buckets each into a file of its own (``layers-3f.parquet``), and only counts
    come here. Layers of risk or tier need a snapshot of the date and
    are left out (``without``) where there is none. Raises BadInput for a layer that is not there, and for one on what
    is only known of today, where the date lies before the end of the logs.
    """
    wanted, as_of = _wanted(base.config, names), as_of or base.tables.observed_until
    snapshot = on_date(base.config.store_path, as_of)
    without = [one.name for one in wanted if snapshot is None and set(one.names) & set(STATES)]
    wanted = [one for one in wanted if one.name not in without]
    named = list(dict.fromkeys(name for one in wanted for name in one.names if name not in STATES))
    refuse_undated(base.config, base.tables, named, as_of, base.tables.observed_until)
    kept = {} if recut else load_cuts(folder / CUTS)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in (USERS, COUNTS, CUTS)]
    if base.config.engine.kind == "spark":
        cuts = layer_cuts.cuts_of(base, as_of, wanted, kept)
        total, counts, files[0] = layers_on_spark.grouped(
            base, as_of, wanted, cuts, snapshot, files[0], digits, progress
        )
    else:
        with by_bucket(base, as_of, [ACTIVE, *named], "layers", digits) as split:
            cuts, total = _cuts(split, as_of, wanted, kept, progress), split.users
            counts = Counter()

            def fill(file: Path) -> None:
                with ExitStack() as stack:
                    writer = None
                    for users, values in _values(split, as_of, named, snapshot, progress):
                        table, found = groups(wanted, cuts, users["user_id"], values)
                        writer = writer or stack.enter_context(pq.ParquetWriter(file, table.schema, compression="zstd"))
                        writer.write_table(table)
                        counts.update(found)
                base.still_as_read()

            whole_files.write(files[0], fill)
            only(files[0])
    every = {(layer.name, group.en): counts[layer.name, group.en] for layer in wanted for group in layer.groups}
    whole_files.write_parquet(folder / COUNTS, _table(wanted, every, as_of))
    if cuts != kept:
        save_cuts(folder / CUTS, cuts, as_of.isoformat())
    return Layered(as_of, wanted, every, total, cuts, without, files)


def _cuts(
    split: ByBucket, as_of: datetime, layers: Sequence[Layer], kept: Mapping[str, float], progress: Progress
) -> dict[str, float]:
    """The cuts: those kept, and the others, which take a look at everybody who was ever active."""
    tests = [test for layer in layers for test in layer.tests if test.cut and test.key not in kept]
    names = list(dict.fromkeys(test.comparison.name for test in tests))
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for _, values in _values(split, as_of, names, None, progress) if names else ():
        for name, column in found.items():
            column.append(values[name][values[ACTIVE] > 0])
    columns = {name: np.concatenate(column) for name, column in found.items()}
    return work_out(layers, columns, np.ones(len(next(iter(columns.values()), ())), bool), kept)


def _values(
    split: ByBucket, as_of: datetime, names: Sequence[str], snapshot: Snapshot | None, progress: Progress
) -> Iterator[tuple[pa.Table, dict[str, np.ndarray]]]:
    """Every bucket's users, by user, and what rules look at: features, and states of the snapshot, if there is one."""
    lookup = prepare(split.part, [ACTIVE, *names])
    count = len(prefixes(split.buckets.digits))
    for done, prefix in enumerate(split.each()):
        progress("grouping users", done, count)
        users = split.part.con.to_pyarrow(known(split.part, as_of).order_by("user_id"))
        values = look_up(split.part, as_of, users, lookup)
        for state in STATES:
            if snapshot:
                values[state] = np.asarray(snapshot.column(state, users["user_id"], prefix).to_pylist(), dtype=object)
        yield users, values
    progress("grouping users", count, count)


def _wanted(config: Config, names: Sequence[str]) -> list[Layer]:
    there = {layer.name: layer for layer in config.groupings()}
    for name in names:
        if name not in there:
            raise BadInput(f"{config.file.name}: no layer '{name}'; {did_you_mean(name, there)}")
    return [there[name] for name in names] if names else list(there.values())


def _table(layers: Sequence[Layer], counts: Mapping[tuple[str, str], int], as_of: datetime) -> pa.Table:
    rows = [
        {"layer": layer.name, "group": group.en, "zh": group.zh, "users": counts[layer.name, group.en]}
        for layer in layers
        for group in layer.groups
    ]
    schema = pa.schema([("layer", pa.string()), ("group", pa.string()), ("zh", pa.string()), ("users", pa.int64())])
    table = pa.Table.from_pylist(rows, schema)
    return table.append_column("as_of", pa.array([as_of] * len(rows), pa.timestamp("us", "UTC")))
