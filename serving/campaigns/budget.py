"""Who comes first in a play, and where its budget or its number of users ends."""

from collections.abc import Sequence

from ibis.backends.duckdb import Backend

from features.config.operations.playbook import Play
from serving.campaigns.fates import TREATMENT

RANKS = "campaign_ranks"


def rank(con: Backend, plays: Sequence[Play], chosen: Sequence[str]) -> None:
    """Make the table RANKS: ``user_id``, ``rank`` in the play, and ``over``, whether the budget ended before.

    chosen: files of users with ``number``, ``key``, ``arm``, ``cost``. Users are in order of the key, those without one
    last, then of their ids. The budget is spent on the treated; from the first of them that it does not reach, or that
    is one too many, everybody is over it, in both arms: above the cut the arms can be compared.
    """
    files = ", ".join("'" + file.replace("'", "''") + "'" for file in chosen)
    limits = [(play.number, play.setting.budget, most(play)) for play in plays]
    values = ", ".join(
        f"({number}, {'NULL' if budget is None else repr(min(budget, 1e30))}::DECIMAL(38, 6), {most or 'NULL'}::BIGINT)"
        for number, budget, most in limits
        if budget is not None or most
    )
    treated = f"arm = '{TREATMENT}'"
    placed = (
        "SELECT user_id, number, arm, row_number() OVER w AS rank, "
        f"sum(CASE WHEN {treated} THEN cost ELSE 0 END) OVER w AS spent, "
        f"count(CASE WHEN {treated} THEN 1 END) OVER w AS treated "
        f"FROM read_parquet([{files}]) WHERE arm IS NOT NULL "
        "WINDOW w AS (PARTITION BY number ORDER BY key DESC NULLS LAST, user_id ROWS UNBOUNDED PRECEDING)"
    )
    con.con.execute(f"CREATE OR REPLACE TEMP TABLE placed AS {placed}")
    if values:
        con.con.execute(
            "CREATE OR REPLACE TEMP TABLE cuts AS SELECT number, min(rank) AS cut FROM placed "
            f"JOIN (VALUES {values}) AS limits(number, budget, most) USING (number) "
            f"WHERE {treated} AND (spent > budget OR treated > most) GROUP BY number"
        )
    else:
        con.con.execute("CREATE OR REPLACE TEMP TABLE cuts AS SELECT 0::TINYINT AS number, 0::BIGINT AS cut LIMIT 0")
    con.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {RANKS} AS SELECT user_id, rank, coalesce(rank >= cut, false) AS over "
        "FROM placed LEFT JOIN cuts USING (number)"
    )
    con.con.execute("DROP TABLE placed; DROP TABLE cuts")


def most(play: Play) -> int | None:
    """How many users of a play a run may treat: what the play says, and no more than a test where it has to be one."""
    limits = (play.setting.most, play.saves.test if play.saves else None)
    return min((one for one in limits if one is not None), default=None)
