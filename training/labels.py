"""What happened after a cutoff: who churned, what each user was worth. The only file that reads at or after one."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.config import Config
from features.engine import read
from features.errors import BadInput
from features.past import activity_rows


def labels(
    config: Config,
    con: Backend,
    tables: Mapping[str, ir.Table],
    observed_until: datetime,
    cutoff: datetime,
    users: pa.Table,
) -> pa.Table:
    """One row per given user: ``user_id``, ``churned`` (no activity in [begin, begin + H)) and ``value`` (what
    ``[value] sum`` adds up to over [begin, begin + value horizon); refunds subtracted; 0 without rows).

    begin: the cutoff plus ``churn.gap_days``, 0 by default; what happens in the gap counts for nothing.

    Raises BadInput when a label window has not closed by ``observed_until``.
    """
    closes, latest = cutoff + window(config), observed_until - window(config)
    if closes > observed_until:
        raise BadInput(
            f"as-of {cutoff:%Y-%m-%d %H:%M}: its label window closes {closes:%Y-%m-%d %H:%M}, after the logs end "
            f"({observed_until:%Y-%m-%d %H:%M}); take an as-of at or before {latest:%Y-%m-%d %H:%M}"
        )
    begin = cutoff + timedelta(days=config.churn.gap_days)
    asked = con.create_table("labelled", users.select(["user_id"]), temp=True, overwrite=True)
    active = _ahead(activity_rows(tables, config.churn.activity, ("user_id", "time")), begin, config.horizon)
    active = active.select("user_id").distinct().mutate(active=ibis.literal(True))
    name, _, column = config.value.sum.partition(".")
    spent = _ahead(tables[name], begin, config.value_horizon).group_by("user_id")
    spent = spent.aggregate(value=(lambda t: t[column].sum()) if column else (lambda t: t.count()))
    table = asked.left_join(active, "user_id").drop("user_id_right").left_join(spent, "user_id").drop("user_id_right")
    answer = table.select("user_id", churned=table.active.isnull(), value=table.value.cast("float64").fill_null(0.0))
    return read(con, str(ibis.to_sql(answer, dialect="duckdb")))


def window(config: Config) -> timedelta:
    """How long after a cutoff its labels are known: the label gap and the longer of the two horizons."""
    return timedelta(days=config.churn.gap_days + max(config.horizon, config.value_horizon))


def _ahead(table: ir.Table, begin: datetime, days: float) -> ir.Table:
    start, end = (ibis.literal(at, "timestamp(6)") for at in (begin, begin + timedelta(days=days)))
    return table.filter((table.time >= start) & (table.time < end))
