"""Texts of the source tables that only these people have: a place where nobody else lives names who does."""

import logging

import duckdb
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.boards.scored.portraits import ATTRIBUTES
from features.boards.scored.top import GROUPS
from features.catalogue.input_tables import COSTS
from features.config import Config
from features.config.operations.own_columns import contract
from features.engine.duckdb_session import connect
from features.errors import BadInput, GateFailed
from features.groups.lifecycle import names
from features.suppressed import Suppressed
from features.tables.columns import LINKED_USER
from features.tables.erased import erased_ids
from features.tables.open_tables import open_counted
from features.tables.row_checks import typed
from serving.rights.people import People

OF_A_ROW = ("order_id", "session_id")  # names of rows: nothing is grouped by them
SHORTEST = 3  # characters: a shorter text is likely to stand for something else as well, as is a number
_log = logging.getLogger(__name__)


def own_texts(config: Config, people: People, gone: Suppressed) -> list[str]:
    """Texts of theirs that no other user has, in any table, but who was erased before (``gone``); what the
    configuration names is left out, such as stages.

    Empty where the tables cannot be read any more, which is logged: then they may be erased at their source already.
    """
    ids, theirs = list(people.ids), set[str]()
    try:
        with connect(config) as con:
            tables = [one for name, raw in open_counted(con, config).items() for one in _texts(config, name, raw.table)]
            before = {one for table in tables for one in erased_ids(con, gone, table.user)} - set(ids)
            for table in tables:
                theirs |= _values(con, table.filter(table.user.isin(ids)))
            theirs = {one for one in theirs if len(one) >= SHORTEST and not one.isdigit() and one not in ids}
            for table in tables if theirs else ():
                others = ~table.user.isin([*ids, *before]) | table.user.isnull()
                theirs -= _values(con, table.filter(others & table.text.isin(sorted(theirs))))
    except (BadInput, GateFailed, OSError, duckdb.Error) as error:
        _log.warning("the tables cannot be read (%s); texts that only they have were not looked for", error)
        return []
    told = config.model_dump_json() + str(names(config))
    theirs -= {*GROUPS, *ATTRIBUTES}  # what boards call their lists
    return sorted(one for one in theirs if f'"{one}"' not in told and f"'{one}'" not in told)


def _texts(config: Config, name: str, table: ir.Table) -> list[ir.Table]:
    """``user`` and ``text`` of every column of text or of ids in a table of users."""
    if name == COSTS or "user_id" not in table.columns or LINKED_USER in table.columns:
        return []
    values = typed(config, name, table, False, as_written=True)
    kinds = {one.name: one.kind for one in contract(config, name).columns}
    user = values["user_id"].cast("string")
    wanted = [key for key in values if kinds[key] in ("text", "id") and key not in OF_A_ROW]
    return [table.select(user=user, text=values[key].cast("string")) for key in wanted]


def _values(con: Backend, rows: ir.Table) -> set[str]:
    return {one for one in con.to_pyarrow(rows.select("text").distinct())["text"].to_pylist() if one}
