"""The layers job: every user's group in every layer, at a date, with cuts that are kept from the first run on."""

from collections.abc import Sequence
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
from features.config.layer_rules import STATES, Layer, assign, load_cuts, save_cuts, work_out
from features.errors import BadInput, did_you_mean
from features.user_base import UserBase
from serving.batch.snapshot import on_date

CUTS = "cuts.json"
USERS, COUNTS = "layers.parquet", "counts.parquet"


@dataclass(frozen=True)
class Layered:
    """Users and their groups: ``users`` has ``user_id`` and a column of group names per layer."""

    as_of: datetime
    layers: list[Layer]
    users: pa.Table
    cuts: dict[str, float]
    without: list[str]
    files: list[Path]


def layered(
    base: UserBase,
    as_of: datetime | None,
    folder: Path,
    names: Sequence[str] = (),
    recut: bool = False,
) -> Layered:
    """Put everybody known at the date into groups, and write ``layers.parquet``, then ``counts.parquet``, which the
    pages read (layer, group, zh, users, as_of), and, where a cut is new, ``cuts.json``.

    as_of: the date; default: the end of the logs. names: the layers wanted; default: all. recut: work out every cut
    anew. Layers of risk or tier need a snapshot of the date and are left out (``without``) where there is none. Raises
    BadInput for a layer that is not there, and for one on what is only known of today, where the date lies before the
    end of the logs.
    """
    wanted, as_of = _wanted(base.config, names), as_of or base.tables.observed_until
    snapshot = on_date(base.config.store_path, as_of)
    without = [one.name for one in wanted if snapshot is None and set(one.names) & set(STATES)]
    wanted = [one for one in wanted if one.name not in without]
    named = [name for one in wanted for name in one.names if name not in STATES]
    refuse_undated(base.config, base.tables, named, as_of, base.tables.observed_until)
    users = base.con.to_pyarrow(known(base, as_of).order_by("user_id"))
    lookup = prepare(base, ["active_total", *named])
    values = look_up(base, as_of, users, lookup)
    if snapshot is not None:
        for state in STATES:
            values[state] = np.asarray(snapshot.column(state, users["user_id"]).to_pylist(), dtype=object)
    kept = {} if recut else load_cuts(folder / CUTS)
    cuts = work_out(wanted, values, values["active_total"] > 0, kept)
    found = {one.name: _names(one, assign(one, values, cuts, len(users))) for one in wanted}
    table = pa.table({"user_id": users["user_id"], **found})
    folder.mkdir(parents=True, exist_ok=True)
    file, counts = folder / USERS, folder / COUNTS
    base.still_as_read()
    whole_files.write(file, lambda part: pq.write_table(table, part, compression="zstd"))
    told = _counts(wanted, table, as_of)
    whole_files.write(counts, lambda part: pq.write_table(told, part, compression="zstd"))
    if cuts != kept:
        save_cuts(folder / CUTS, cuts, as_of.isoformat())
    return Layered(as_of, wanted, table, cuts, without, [file, counts, folder / CUTS])


def _wanted(config: Config, names: Sequence[str]) -> list[Layer]:
    there = {layer.name: layer for layer in config.groupings()}
    for name in names:
        if name not in there:
            raise BadInput(f"{config.file.name}: no layer '{name}'; {did_you_mean(name, there)}")
    return [there[name] for name in names] if names else list(there.values())


def _counts(layers: Sequence[Layer], users: pa.Table, as_of: datetime) -> pa.Table:
    rows = []
    for layer in layers:
        found = {one["values"]: one["counts"] for one in users[layer.name].value_counts().to_pylist()}
        rows += [{"layer": layer.name, "group": g.en, "zh": g.zh, "users": found.get(g.en, 0)} for g in layer.groups]
    schema = pa.schema([("layer", pa.string()), ("group", pa.string()), ("zh", pa.string()), ("users", pa.int64())])
    table = pa.Table.from_pylist(rows, schema)
    return table.append_column("as_of", pa.array([as_of] * len(rows), pa.timestamp("us", "UTC")))


def _names(layer: Layer, codes: np.ndarray) -> pa.Array:
    names = pa.array([group.en for group in layer.groups], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), names).cast(pa.string())
