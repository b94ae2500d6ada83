"""Who comes first in a play, and where its budget or its number of users ends."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from features.config.operations.playbook import Play
from features.engine.duckdb_session import read
from features.groups.rule_sql import quoted
from serving.campaigns.fates import TREATMENT

RANKS, OVER = "campaign_ranks", "over_budget"
BLOCK = 1024  # places that are summed up at once on the way to the end of a budget


def rank(con: Backend, plays: Sequence[Play], chosen: Sequence[str]) -> None:
    """Make the view RANKS: ``user_id``; ``part`` and ``place``, which of the files and which row of it, from 0; the
    ``rank`` in the play; and ``over``, whether the budget ended before.

    chosen: files of users with ``number``, ``key``, ``arm``, ``cost``. Users are in order of the key, those without one
    last, then of their ids. The budget is spent on the treated; from the first of them that it does not reach, or that
    is one too many, everybody is over it, in both arms: above the cut the arms can be compared.
    """
    files = f"[{', '.join(map(quoted, chosen))}]"
    placed = (
        f"SELECT user_id, number, list_position({files}, filename)::SMALLINT - 1::SMALLINT AS part, "
        f"file_row_number AS place, CASE WHEN arm = '{TREATMENT}' THEN cost END AS paid, row_number() OVER w AS rank "
        f"FROM read_parquet({files}, filename = true, file_row_number = true) WHERE arm IS NOT NULL "
        "WINDOW w AS (PARTITION BY number ORDER BY key DESC NULLS LAST, user_id)"
    )
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE placed AS {placed}")
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE cuts AS {_cuts(plays)}")
    con.con.execute(
        f"CREATE OR REPLACE TEMP VIEW {RANKS} AS "
        "SELECT user_id, part, place, rank, coalesce(rank >= cut, false) AS over "
        "FROM placed LEFT JOIN cuts USING (number)"
    )


def _cuts(plays: Sequence[Play]) -> str:
    """By play the rank of the first treated whom its limits do not reach: found by blocks of ranks, then in the block.
    A running sum over everybody would take as long as to rank them."""
    limits = [(play.number, play.setting.budget, most(play)) for play in plays]
    values = ", ".join(
        f"({number}, {'NULL' if budget is None else repr(min(budget, 1e30))}::DECIMAL(38, 6), {most or 'NULL'}::BIGINT)"
        for number, budget, most in limits
        if budget is not None or most
    )
    if not values:
        return "SELECT 0::TINYINT AS number, 0::BIGINT AS cut LIMIT 0"
    over = "(spent > budget OR treated > most)"
    running = "sum(spent) OVER w AS spent, sum(treated) OVER w AS treated"
    return (
        f"WITH limits(number, budget, most) AS (VALUES {values}), "
        "blocks AS MATERIALIZED (SELECT number, rank // {size} AS block, sum(coalesce(paid, 0)) AS spent, "
        "count(paid) AS treated FROM placed GROUP BY ALL), "
        f"ends AS MATERIALIZED (SELECT number, min(block) AS block FROM (SELECT number, block, {running} FROM blocks "
        f"WINDOW w AS (PARTITION BY number ORDER BY block)) JOIN limits USING (number) WHERE {over} GROUP BY number), "
        "steps AS (SELECT number, -1 AS rank, sum(spent) AS spent, sum(treated) AS treated FROM blocks AS b "
        "JOIN ends AS e USING (number) WHERE b.block < e.block GROUP BY number UNION ALL "
        "SELECT number, rank, paid, 1 FROM placed AS p JOIN ends AS e USING (number) "
        "WHERE paid IS NOT NULL AND rank // {size} = e.block) "
        f"SELECT number, min(rank) AS cut FROM (SELECT number, rank, {running} FROM steps "
        f"WINDOW w AS (PARTITION BY number ORDER BY rank)) JOIN limits USING (number) WHERE {over} GROUP BY number"
    ).replace("{size}", str(BLOCK))


def within(con: Backend, part: int, rows: pa.Table) -> pa.Table:
    """The rows of a file that was ranked, with ``rank``, and of those whom the budget did not reach no arm, but OVER as
    the reason. part: which of the files it was; rows: all of it, in its order."""
    found = read(con, f"SELECT place, rank, over FROM {RANKS} WHERE part = {part}")
    place, over = found["place"].to_numpy(), np.zeros(rows.num_rows, bool)
    over[place] = found["over"].to_numpy()
    ranks, none = np.zeros(rows.num_rows, np.int64), np.ones(rows.num_rows, bool)
    ranks[place], none[place] = found["rank"].to_numpy(), False
    told = {
        "arm": pc.if_else(over, pa.scalar(None, pa.string()), rows["arm"]),
        "reason": pc.if_else(over, OVER, rows["reason"]),
        "rank": pa.array(ranks, mask=none),
    }
    return pa.table({**dict(zip(rows.column_names, rows.columns, strict=True)), **told})


def most(play: Play) -> int | None:
    """How many users of a play a run may treat: what the play says, and no more than a test where it has to be one."""
    limits = (play.setting.most, play.saves.test if play.saves else None)
    return min((one for one in limits if one is not None), default=None)
