"""Orders from order lines, and which of them add up to more than an amount can hold."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.errors import BadInput
from features.tables.open_tables import reading


def merge_lines(lines: ir.Table) -> ir.Table:
    """Orders from order lines: rows with the same user, order_id (if there is one) and time become one.

    Amounts, items and discounts are added, the first channel by name is kept, and the order is known when its last line
    is. Lines of one order_id at different times stay apart: adding them up would carry a later line into the past.
    ``refund`` marks negative amounts.
    """
    keys = [name for name in ("user_id", "order_id", "time") if name in lines.columns]
    added = {
        name: lines[name].sum().cast(lines[name].type())
        for name in ("amount", "items", "discount")
        if name in lines.columns
    }
    kept = {name: lines[name].min() for name in ("channel",) if name in lines.columns}
    if "known_at" in lines.columns:
        kept["known_at"] = lines.known_at.max()
    merged = lines.group_by(keys).aggregate(**added, **kept)
    kept_order = [name for name in lines.columns if name in merged.columns]
    return merged.select(*kept_order, refund=merged.amount < 0)


@contextmanager
def sums_told(con: Backend, lines: ir.Table) -> Iterator[None]:
    """Say which order it was whose lines add up to more than an amount can hold: each may fit and their sum not."""
    try:
        yield
    except duckdb.Error as error:
        keys = [name for name in ("user_id", "order_id", "time") if name in lines.columns]
        for column in (name for name in ("amount", "discount") if name in lines.columns):
            dtype = lines[column].type()
            most = 10 ** (dtype.precision - dtype.scale)  # type: ignore[attr-defined]
            sums = lines.group_by(keys).aggregate(total=lines[column].sum())
            far = sums.filter((sums.total >= most) | (sums.total <= -most)).order_by(keys).limit(1)
            for row in con.to_pyarrow(far).to_pylist():
                order = (
                    f"order {row['order_id']}" if row.get("order_id") else f"the order of {row['time']:%Y-%m-%d %H:%M}"
                )
                raise BadInput(
                    f"tables.orders: {column}: user {row['user_id']}, {order}: its lines add up to {row['total']:,f}, "
                    f"more than the {most:,} that fits; mend them"
                ) from None
        with reading("orders", cure="mend the amounts of that order"):
            raise error
