"""One user, several ids: whose the number of a card, a hashed phone or the id of a platform is, as identities says.

Nothing is guessed. A row is its user's from the time on at which its id was linked, so that a past without the link
stays as it was; an id that is linked to several users is nobody's.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.catalogue.input_tables import IDENTITIES
from features.config import Config
from features.config.table_source import LinkedUser
from features.errors import BadInput, did_you_mean
from features.tables.columns import LINKED_SINCE, LINKED_USER, SEVERAL
from features.tables.counts import Counts
from features.tables.id_text import id_text
from features.tables.row_checks import faults, first_fault, typed

KEY = ["id_type", "id"]
MOST = 20  # kinds of ids that are named; were there more, they may be what nobody should print


def with_several(con: Backend, config: Config, table: ir.Table, integer: bool, now: datetime) -> ir.Table:
    """The raw table identities with SEVERAL: whether rows that are good otherwise link the id to several users."""
    values = typed(config, IDENTITIES, table, integer, as_written=True)
    good = first_fault(faults(config, IDENTITIES, table, values, now)).isnull()
    keys = {"id_type": values["id_type"].strip(), "id": values["id"]}  # type: ignore[union-attr]
    rows = table.select(**keys, user_id=values["user_id"], good=good).filter(lambda row: row.good)
    users = rows.group_by(KEY).aggregate(one=rows.user_id.min(), other=rows.user_id.max())
    several = con.create_table("ids_of_several", users.filter(users.one != users.other).select(KEY), overwrite=True)
    named = several.rename({f"=of_{name}": name for name in KEY}).mutate(**{SEVERAL: True})
    joined = table.left_join(named, [keys[name] == named[f"=of_{name}"] for name in KEY]).drop("=of_id_type", "=of_id")
    return joined.mutate(**{SEVERAL: joined[SEVERAL].fill_null(False)})


def one_an_id(con: Backend, good: ir.Table, counts: Counts) -> tuple[ir.Table, Counts, list[str]]:
    """The clean identities with a row for every id (id_type, id, user_id, since: the earliest time, null where it was
    linked always); what became of the rows, of which those that tell a link again are merged or, as copies, repeats;
    and remarks for people."""
    since = good.time if "time" in good.columns else ibis.null("timestamp(6)")
    rows = good.select("user_id", "id", id_type=good.id_type.strip(), since=since)
    always = rows.since.isnull().any()
    table = rows.group_by(KEY).aggregate(user_id=rows.user_id.min(), since=ibis.ifelse(always, None, rows.since.min()))
    table = con.create_table("links", table, overwrite=True)
    asked = {"used": table.count(), "always": table.since.isnull().sum()}
    found = con.to_pyarrow(table.aggregate(**asked)).to_pylist()[0]
    distinct = int(con.to_pyarrow(rows.distinct().count()).as_py()) if found["used"] < counts.used else counts.used
    counts = replace(
        counts, used=found["used"], merged=distinct - found["used"], repeats=counts.repeats + counts.used - distinct
    )
    told = []
    if found["always"]:
        told.append(
            f"tables.{IDENTITIES}: {found['always']:,} of {found['used']:,} ids have no time and count as linked "
            "always; if some were linked after their rows happened, give the time, or a past knows too much"
        )
    return table, counts, told


def linked(con: Backend, config: Config, tables: Mapping[str, ir.Table], links: ir.Table) -> dict[str, ir.Table]:
    """The raw tables whose users another id tells, with LINKED_USER and LINKED_SINCE, both null where nobody links it.

    Raises BadInput where identities has no id of a table's type.
    """
    types = con.to_pyarrow(links.select("id_type").distinct())["id_type"].to_pylist()
    joined = {}
    for name, source in config.tables.items():
        link = source.linked
        if not link:
            continue
        if link.id_type.strip() not in types:
            cure = did_you_mean(link.id_type, types) if len(types) <= MOST else f"look at its {len(types):,} id_types"
            raise BadInput(
                f"{config.file.name}: tables.{name}.columns.user_id: no id of id_type '{link.id_type}' in "
                f"{config.tables[IDENTITIES].source}; {cure}"
            )
        ids = links.filter(links.id_type == link.id_type.strip())
        ids = ids.select(**{"=of_id": ids.id, LINKED_USER: ids.user_id, LINKED_SINCE: ids.since})
        table = tables[name]
        joined[name] = table.left_join(ids, id_text(table.user_id) == ids["=of_id"]).drop("=of_id")
    return joined


def known_since(table: ir.Table, values: Mapping[str, ir.Value]) -> dict[str, ir.Value]:
    """``known_at`` of a table of ``linked``: not before the link. values: what ``typed`` makes of it."""
    if LINKED_SINCE not in table.columns:
        return {}
    since, own = table[LINKED_SINCE], values.get("known_at")
    both = since if own is None else ibis.greatest(since, own)
    return {"known_at": ibis.ifelse(linked_late(table, values), both, own)}


def linked_late(table: ir.Table, values: Mapping[str, ir.Value]) -> ir.BooleanValue:
    """Whether a row was linked later than it happened; one that holds always was."""
    since, time = table[LINKED_SINCE], values.get("time")
    if time is None:
        return since.notnull()
    return (since > time).fill_null(since.notnull())  # type: ignore[operator,no-any-return]


def linked_told(link: LinkedUser, counts: Counts, late: int) -> str:
    """What became of the rows of a table of ``linked``, for people. late: those linked later than they happened."""
    rows = counts.rows - counts.quarantined - counts.cancelled
    since = f", {late:,} of them later than they happened: known from the link on" if late else ""
    return (
        f"{rows - counts.guests:,} of {rows:,} rows are linked to users by '{link.id_type}'{since}; "
        f"{counts.guests:,} are guests"
    )
