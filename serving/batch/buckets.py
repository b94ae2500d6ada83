"""The tables split once by user, so that every bucket of users can be scored from a small part of the rows."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from features.errors import BadInput
from features.user_base import UserBase

# Users up to which 0, 1 or 2 digits do: fewer buckets are faster, but need more memory.
STEPS = (100_000, 16_000_000, 64_000_000)
PART = "part"  # column of the split tables: the bucket
USERS = "part_of_user"  # every known user's bucket
SPLIT = f", PARTITION_BY ({PART}), OVERWRITE_OR_IGNORE, DICTIONARY_SIZE_LIMIT 1000"  # longer ones take longer to find


@dataclass(frozen=True)
class Buckets:
    """Tables by name to write queries over, which show one bucket's rows at a time. folder: the split rows; None where
    the tables are read in place, for there is one bucket."""

    tables: Mapping[str, ir.Table]
    digits: int
    folder: Path | None = None

    def show(self, con: Backend, prefix: str) -> None:
        """Let the tables hold the rows of this bucket."""
        if not self.folder:
            return
        for name, table in self.tables.items():
            files = sorted(map(str, (self.folder / name / f"{PART}={prefix}").glob("*.parquet")))
            read = ", ".join(map(_quoted, files or [str(self.folder / name / "none.parquet")]))
            con.con.execute(
                f'CREATE OR REPLACE TEMP VIEW "{table.get_name()}" AS '
                f"FROM read_parquet([{read}], hive_partitioning = false)"
            )


def digits_for(users: int) -> int:
    """How many hex digits of the hash name a bucket, by the number of users: 1, 16, 256 or 4,096 buckets."""
    return sum(users > step for step in STEPS)


def split(
    con: Backend,
    tables: Mapping[str, ir.Table],
    known: ir.Table,
    as_of: datetime,
    needed: Mapping[str, set[str]],
    digits: int,
    to: Path,
) -> Buckets:
    """The known users' rows before the as-of in Parquet, split by the first digits of md5(user_id as text):
    to/table/part=…/.

    needed: by table, the columns to keep; tables that are not named are kept whole, rows from the as-of on too. What is
    there already is not written again. Raises BadInput where rows were lost on the way, as on a damaged disk.
    """
    if not digits:
        return Buckets(tables, 0)
    if not all((to / name).exists() for name in tables):
        users = con.compile(known.select("user_id"))  # the hash of each user once: that of each row takes a third more
        con.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {USERS} AS "
            f"SELECT user_id, md5(user_id::VARCHAR)[1:{digits}] AS {PART} FROM ({users})"
        )
    shown = {}
    for name, table in tables.items():
        if name in needed:
            table = _before(table.select([column for column in table.columns if column in needed[name]]), as_of)
        shown[name] = ibis.table(table.schema(), name=f"bucket_{name}")
        if not (to / name).exists():
            _write(con, con.compile(table), digits, to / name)
    return Buckets(shown, digits, to)


def split_base(
    base: UserBase, known: ir.Table, as_of: datetime, needed: Mapping[str, set[str]], digits: int, to: Path
) -> tuple[UserBase, Buckets]:
    """The same of an open base, with what is kept of its tables by user and day: the base that shows one bucket."""
    days = {_days_of(name, rows.table): (name, rows.table) for name, rows in base.days.items()}
    tables = {**base.tables, **{key: table for key, (_, table) in days.items()}}
    found = split(base.con, tables, known, as_of, needed, digits, to)
    shown = {name: table for name, table in found.tables.items() if name not in days}
    return base.over(shown, {name: found.tables[key] for key, (name, _) in days.items()}), found


def _days_of(name: str, table: ir.Table) -> str:
    """What the split days of a table are called: what an older program left has other columns."""
    return f"{name}_days_{hashlib.sha256(repr(table.columns).encode()).hexdigest()[:8]}"


def _before(table: ir.Table, as_of: datetime) -> ir.Table:
    at = ibis.literal(as_of, "timestamp(6)")
    table = table.filter(table.time < at)
    return table.filter(table.known_at.isnull() | (table.known_at < at)) if "known_at" in table.columns else table


def _write(con: Backend, sql: str, digits: int, folder: Path) -> None:
    """Write whole or not at all: under another name first, which a killed run leaves behind."""
    part = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    con.con.execute(f"SET partitioned_write_max_open_files = {max(100, 16**digits)}")

    def copy(query: str, to: Path, how: str) -> int:
        (rows,) = con.con.execute(f"COPY ({query}) TO {_quoted(str(to))} (FORMAT parquet{how})").fetchall()[0]
        return int(rows)

    copy(f"FROM ({sql}) LIMIT 0", part / "none.parquet", "")
    rows = copy(f"SELECT rows.*, {PART} FROM ({sql}) AS rows JOIN {USERS} USING (user_id)", part, SPLIT)
    there = sum(pq.read_metadata(file).num_rows for file in part.glob(f"{PART}=*/*.parquet"))
    if there != rows:
        raise BadInput(f"{folder}: {there:,} rows of {rows:,} arrived; check the disk, and score again")
    part.rename(folder)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
