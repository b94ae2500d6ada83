"""How fast one user is found in a snapshot, beside DuckDB and a pyarrow dataset on the same files; and damage.

    python benchmarks/bench_lookup.py 1000000            makes a snapshot of so many users, about 5 s a million
    python benchmarks/bench_lookup.py 10000000 --keep /tmp/ten    keeps it there for the next time

The snapshot is written by the writer of `holdfast score`, with its columns, and invented values. Look-ups are warm: a
part was touched before, so its hash was checked and its footer read, but the row group asked for is seldom held. At
the end, on a small snapshot: 200 bit flips and truncations of part, record and manifest, each of which must be refused
by verify and by whoever looks a user of that part up with nothing read before.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from features.errors import BadInput
from serving.batch.buckets import digits_for
from serving.batch.part import prefix_of, write_part
from serving.batch.snapshot import MANIFEST, Snapshot, finish, read_snapshot
from serving.batch.verify import verify
from serving.scoring.columns import SCHEMA_AFTER_USER

TEMPLATE = 50_000  # invented rows, used again and again
ROUNDS = 5_000
DAMAGES = 200
RNG = np.random.default_rng(7)


def say(text: str) -> None:
    print(text, flush=True)


def invented(count: int) -> pa.Table:
    """Rows with a snapshot's columns but without users."""

    def values(kind: pa.DataType, rows: int) -> pa.Array:
        if pa.types.is_list(kind):
            offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * 5)
            fields = [values(field.type, rows * 5) for field in kind.value_type]
            return pa.ListArray.from_arrays(
                offsets, pa.StructArray.from_arrays(fields, fields=list(kind.value_type)), type=kind
            )
        if pa.types.is_string(kind):
            return pa.array([f"name_{number}" for number in range(40)]).take(pa.array(RNG.integers(0, 40, rows)))
        if pa.types.is_timestamp(kind):
            return pa.repeat(pa.scalar(datetime(2026, 1, 1, tzinfo=UTC), kind), rows)
        if pa.types.is_boolean(kind):
            return pa.array(RNG.random(rows) < 0.6)
        if pa.types.is_integer(kind):
            return pa.array(RNG.integers(0, 90, rows), kind)
        return pa.array(RNG.random(rows), kind, mask=RNG.random(rows) < 0.4)

    return pa.table([values(field.type, count) for field in SCHEMA_AFTER_USER], schema=SCHEMA_AFTER_USER)


def buckets(users: int, digits: int) -> Iterator[tuple[str, pa.Array]]:
    """Every prefix with its users, sorted: the numbers from 0, three apart, so that two of three ids are nobody's."""
    found = duckdb.sql(
        f"select left(md5((3 * range)::varchar), {digits}) as prefix, list(3 * range order by range) as users "
        f"from range({users}) group by prefix order by prefix"
    ).to_arrow_reader(8)
    for batch in found:
        for prefix, mine in zip(batch["prefix"], batch["users"], strict=True):
            yield prefix.as_py() or "all", mine.values


def made(folder: Path, users: int, digits: int) -> Snapshot:
    rows, begin = invented(TEMPLATE), time.perf_counter()
    for prefix, mine in buckets(users, digits):
        start = int(RNG.integers(0, TEMPLATE))
        places = (np.arange(len(mine)) + start) % TEMPLATE
        table = rows.take(pa.array(places)) if len(mine) > TEMPLATE - start else rows.slice(start, len(mine))
        table = table.set_column(table.schema.names.index("history_days"), "history_days", mine.cast("double"))
        write_part(folder, prefix, table.add_column(0, "user_id", mine))
    snapshot = finish(folder, {"as_of": "2026-01-01T00:00:00", "users": users}, digits)
    size = sum(file.stat().st_size for file in folder.iterdir())
    took = time.perf_counter() - begin
    parts = len(snapshot.manifest["parts"])
    say(f"written: {users:,} users, {parts} parts, {size / users:.0f} bytes a user, {took:.0f} s")
    return snapshot


def times(work: Callable[[Any], object], asked: list[Any], label: str) -> None:
    took = np.empty(len(asked))
    for at, one in enumerate(asked):
        begin = time.perf_counter()
        work(one)
        took[at] = time.perf_counter() - begin
    p50, p99 = np.quantile(took, [0.5, 0.99]) * 1000
    say(f"{label:<58}{p50:>9.3f}{p99:>9.3f}{took.max() * 1000:>9.1f}{1000 / took.mean() / 1000:>10,.0f}")


def found(snapshot: Snapshot, user: int) -> None:
    (row,) = snapshot.look_up([user]).to_pylist()
    assert (row["user_id"], row["history_days"]) == (user, float(user)), "silently wrong"


def timed(snapshot: Snapshot, users: int) -> None:
    pick, before = random.Random(7), held()
    some = [3 * pick.randrange(users) for _ in range(ROUNDS)]
    begin = time.perf_counter()
    for part in snapshot.manifest["parts"]:  # every part is touched
        user = next(user for user in iter(lambda: 3 * pick.randrange(users), None) if _in(user, part, snapshot))
        found(snapshot, user)
    each = (time.perf_counter() - begin) * 1000 / len(snapshot.manifest["parts"])
    say(f"a part touched for the first time: {each:.1f} ms")
    say(f"{'milliseconds':<58}{'p50':>9}{'p99':>9}{'most':>9}{'a second':>10}")
    times(lambda user: snapshot.look_up([user]), some, "one user")
    times(lambda user: found(snapshot, user), some[: ROUNDS // 2], "one user, as Python values")
    times(lambda user: snapshot.look_up([user + 1]), some, "one id that is nobody's")
    times(
        lambda user: snapshot.look_up([user]),
        some[:20] * (ROUNDS // 20),
        "one of twenty users, again and again",
    )
    times(snapshot.look_up, [some[at : at + 100] for at in range(0, 1000, 100)], "a hundred users at once")
    say(f"memory held by the reader: {held() - before:,.0f} MiB")
    files = [str(file) for file in snapshot.files]
    con = duckdb.connect()
    con.execute(f"create view rows as from read_parquet({files})")
    times(lambda user: con.sql(f"from rows where user_id = {user}").to_arrow_table(), some[:3], "DuckDB, by user_id")
    one = {part["prefix"]: str(snapshot.folder / part["file"]) for part in snapshot.manifest["parts"]}
    digits = snapshot.manifest["digits"]
    times(
        lambda user: con.sql(f"from '{one[prefix_of(user, digits)]}' where user_id = {user}").to_arrow_table(),
        some[:20],
        "DuckDB, told the part",
    )
    dataset = ds.dataset(files, format="parquet")
    times(lambda user: dataset.to_table(filter=ds.field("user_id") == user), some[:3], "pyarrow dataset, filter")


def held() -> float:
    """MiB of memory that this process has now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _in(user: int, part: dict[str, Any], snapshot: Snapshot) -> bool:
    return prefix_of(user, snapshot.manifest["digits"]) == part["prefix"]


def refused(work: Callable[[], object]) -> bool:
    try:
        work()
    except BadInput:
        return True
    return False


def damaged(folder: Path) -> None:
    snapshot, pick = made(folder, 100_000, 1), random.Random(11)
    count = {"verify": 0, "look_up": 0}
    for number in range(DAMAGES):
        user = 3 * pick.randrange(100_000)
        prefix = prefix_of(user, snapshot.manifest["digits"])
        file = folder / (f"part-{prefix}.parquet", f"part-{prefix}.json", MANIFEST)[number % 3]
        whole = file.read_bytes()
        at = pick.randrange(len(whole))
        flipped = whole[:at] + bytes([whole[at] ^ 1 << pick.randrange(8)]) + whole[at + 1 :]
        file.write_bytes(flipped if number % 2 else whole[:at])
        count["verify"] += refused(lambda: verify(folder))
        count["look_up"] += refused(lambda: found(read_snapshot(folder), user))  # noqa: B023
        file.write_bytes(whole)
    verify(folder)
    say(f"{DAMAGES} flips and truncations: refused {count['verify']} times by verify, {count['look_up']} by look_up")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("users", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--keep", type=Path, help="Folder for the snapshot; one that is there is used.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (given.keep or Path(scratch)) / "snapshots" / f"{given.users}"
        there = (folder / MANIFEST).exists()
        timed(read_snapshot(folder) if there else made(folder, given.users, digits_for(given.users)), given.users)
        begin = time.perf_counter()
        verify(folder)
        say(f"verified in {time.perf_counter() - begin:.1f} s")
        damaged(Path(scratch) / "snapshots" / "damaged")


if __name__ == "__main__":
    main()
