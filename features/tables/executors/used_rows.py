"""The good rows of a table as they are used: lines of orders merged, exact copies left out; by either engine."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.config import Config
from features.engine import spark
from features.errors import BadInput
from features.tables.columns import ROW
from features.tables.order_lines import merge_lines, sums_told
from features.tables.repeats import count_distinct

OVERFLOW = ("NUMERIC_VALUE_OUT_OF_RANGE", "ARITHMETIC_OVERFLOW")  # as Spark's errors say it


def used_on_duckdb(
    con: Backend, name: str, good: ir.Table, hashed: ir.Table, lines: int, once: bool
) -> tuple[ir.Table, int, int]:
    """The good rows as they are used, how many these are, and how many were exact copies. hashed: with ROW."""
    used, repeats = lines, 0
    if name == "orders":
        with sums_told(con, good):
            plain, good = good, con.create_table("orders_merged", merge_lines(good))
            used = int(con.to_pyarrow(good.count()).as_py())
            # Only where rows are alike in our columns is the whole file read once more, for the others.
            alike = once and used < lines and int(con.to_pyarrow(plain.distinct().count()).as_py()) < lines
            if alike and (repeats := lines - count_distinct(con, hashed)):
                good = con.create_table("orders_merged", merge_lines(hashed.distinct().drop(ROW)), overwrite=True)
                used = int(con.to_pyarrow(good.count()).as_py())
    elif once and (repeats := lines - count_distinct(con, hashed)):
        good = con.create_table(f"{name}_once", hashed.distinct().drop(ROW))
        used = int(con.to_pyarrow(good.count()).as_py())
    return good, used, repeats


def used_on_spark(con: Backend, config: Config, name: str, good: ir.Table, once: bool) -> tuple[ir.Table, int, int]:
    """The good rows as they are used, how many these are, and how many were exact copies: lines of orders merged and,
    where copies count once, without them. good: with ROW where copies count once."""
    given = {"good_rows": good}

    def kept(build: Callable[[ir.Table], ir.Table]) -> ir.Table:
        return spark.kept(config, con, f"{name}_used", given, lambda tables: build(tables["good_rows"]))

    def count(build: Callable[[ir.Table], ir.Table]) -> int:
        def counted(tables: Mapping[str, ir.Table]) -> ir.Table:
            rows = build(tables["good_rows"])
            return rows.aggregate(n=rows.count())

        return int(spark.answer(config, con, given, counted)["n"][0].as_py())

    def keys(rows: ir.Table) -> ir.Table:
        return rows.select([one for one in ("user_id", "time", ROW) if one in rows.columns]).distinct()

    def use(rows: ir.Table) -> ir.Table:
        rows = rows.drop(ROW) if ROW in rows.columns else rows
        return merge_lines(rows) if name == "orders" else rows

    lines, repeats = int(con.to_pyarrow(good.count()).as_py()), 0
    if not once and name != "orders":
        return good, lines, 0
    with _overflow_told(con, good):
        used = kept(use) if name == "orders" else None
    left = int(con.to_pyarrow(used.count()).as_py()) if used is not None else 0
    if once and left < lines:
        repeats = lines - count(keys)
    if repeats or used is None:
        used = kept(lambda rows: use(rows.distinct() if repeats else rows))
        left = int(con.to_pyarrow(used.count()).as_py())
    return used, left, repeats


@contextmanager
def _overflow_told(con: Backend, good: ir.Table) -> Iterator[None]:
    """Say which order it was whose lines add up to more than an amount can hold, where Spark says that some do."""
    try:
        yield
    except BadInput as error:
        if any(words in str(error) for words in OVERFLOW):
            plain = good.drop(ROW) if ROW in good.columns else good
            with sums_told(con, plain):
                con.to_pyarrow(merge_lines(plain).amount.max())
        raise
