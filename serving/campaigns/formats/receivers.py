"""Who of a list a platform can be told about: users with an id there, each once."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import BadInput
from serving.campaigns.formats.target import Target

NO_ID, SAME_ID, NO_SENDER, NOT_WECOM, NO_MESSAGE, NO_TAGS, FORMULA_ID = REASONS = {  # why a user is left out
    "no_id": "the channel has no id of the user",
    "same_id": "an earlier user of the list has the same id, and of WeCom the same sender",
    "no_sender": "WeCom: nobody is the user's contact, and a message is never sent to everybody",
    "not_wecom": "WeCom: the channel has no [contact.channels] sender, so another format carries its list",
    "no_message": "WeCom: who left a list is sent nothing",
    "no_tags": "WeCom: there is no tag to set or to remove",
    "formula_id": "Braze: the id begins like a formula, and a guard before it would make it another user's",
}
Kept = tuple[pa.Table, dict[str, int]]  # who stays, in their order; how many were left out, by reason


def everybody(rows: pa.Table, what: Target) -> Kept:
    """Files for people leave out nobody."""
    return rows, {}


def with_id(rows: pa.Table, what: Target) -> Kept:
    """Users with an id, each id once: the first stays. Raises BadInput where there is no column of ids."""
    if "id" not in rows.column_names:
        raise BadInput(f"channel '{what.channel}': the list has no column 'id'; name one as [contact.channels] id")
    rows = rows.set_column(rows.column_names.index("id"), "id", rows["id"].cast(pa.string()))
    kept, no_id = filled(rows, "id")
    kept, same = each_once(kept, ["id"])
    return kept, _counts({NO_ID: no_id, SAME_ID: same})


def with_sender(rows: pa.Table, what: Target) -> Kept:
    """Users with an id and a sender: those without a sender are left out, never sent to everybody. Nobody of a channel
    that has no senders at all, as e-mail.

    Each id is kept once a sender, but for tags, where every row counts.
    """
    if "id" not in rows.column_names:
        return with_id(rows, what)
    if "sender" not in rows.column_names:
        nobody = rows.slice(0, 0).append_column("sender", pa.array([], pa.string()))
        return nobody, _counts({NOT_WECOM: rows.num_rows})
    rows = rows.set_column(rows.column_names.index("id"), "id", rows["id"].cast(pa.string()))
    rows = rows.set_column(rows.column_names.index("sender"), "sender", rows["sender"].cast(pa.string()))
    kept, no_id = filled(rows, "id")
    kept, no_sender = filled(kept, "sender")
    kept, same = (kept, 0) if what.action == "tags" else each_once(kept, ["sender", "id"])
    return kept, _counts({NO_ID: no_id, NO_SENDER: no_sender, SAME_ID: same})


def filled(rows: pa.Table, name: str) -> tuple[pa.Table, int]:
    """The rows where a column of text is neither null nor blank, and how many others there were."""
    full = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(rows[name]), ""), False)
    kept = rows.filter(full)
    return kept, rows.num_rows - kept.num_rows


def each_once(rows: pa.Table, names: list[str]) -> tuple[pa.Table, int]:
    """The first row of each key, in the order there was, and how many others there were."""
    keys = rows.select(names).append_column("at", pa.array(range(rows.num_rows), pa.int64()))
    first = keys.group_by(names, use_threads=False).aggregate([("at", "min")])["at_min"].combine_chunks().sort()
    return rows.take(first), rows.num_rows - len(first)


def and_also(keep: Callable[[pa.Table, Target], Kept], reason: str, good: Callable[[str], bool]) -> Callable:
    """As ``keep``, and of those only the ids that are good for the format; the others count under the reason."""

    def kept(rows: pa.Table, what: Target) -> Kept:
        rows, left_out = keep(rows, what)
        fine = rows.filter(pa.array([good(one) for one in rows["id"].to_pylist()], pa.bool_()))
        return fine, left_out | _counts({reason: rows.num_rows - fine.num_rows})

    return kept


def _counts(found: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in found.items() if count}
