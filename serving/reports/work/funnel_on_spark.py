"""The funnel on Spark, which counts the users; none of them comes here."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from features.build import plan
from features.build.population import measure, moment
from features.catalogue.feature import parse
from features.groups.group_differences import MISSING
from features.user_base import UserBase

FOUND = pa.schema([("attribute", pa.int64()), ("group", pa.string()), ("reached", pa.int64()), ("users", pa.int64())])


def counted(
    base: UserBase, as_of: datetime, steps: Sequence[str], names: Sequence[str]
) -> tuple[list[int], dict[str, dict[str, list[int]]]]:
    """How many users took 0, 1, … and all steps in order: all, and by attribute and group. steps: the features that
    count their events."""
    columns = list(map(parse, [*steps, *names]))
    query = plan(base, columns, everybody=True).spark
    assert query
    moment(base.con, measure(base, as_of))
    text = {one.name for one in columns if one.feature.dtype == "string"}
    pairs = [f"named_struct('attribute', -1, 'group', '{MISSING}')"]
    for number, name in enumerate(names):
        pairs.append(f"named_struct('attribute', {number}, 'group', {_word(name, name in text)})")
    asked = (
        "SELECT cast(attribute AS bigint) AS attribute, `group`, cast(reached AS bigint) AS reached, count(*) AS users "
        f"FROM (SELECT {_reached(steps)} AS reached, inline(array({', '.join(pairs)})) FROM {{}}) "
        "GROUP BY attribute, `group`, reached"
    )
    found: dict[int, dict[str, list[int]]] = {number: {} for number in range(-1, len(names))}
    for row in query.told(base.con, asked, FOUND).to_pylist():
        found[row["attribute"]].setdefault(row["group"], [0] * (len(steps) + 1))[row["reached"]] = row["users"]
    return found[-1].get(MISSING, [0]), {name: found[number] for number, name in enumerate(names)}


def _reached(steps: Sequence[str]) -> str:
    """How many steps a user took, in order."""
    missed = " ".join(f"WHEN NOT coalesce(`{step}` > 0, false) THEN {place}" for place, step in enumerate(steps))
    return f"CASE {missed} ELSE {len(steps)} END"


def _word(name: str, text: bool) -> str:
    """The group of a user by an attribute: its text; yes or no of what is 1 or 0."""
    if text:
        return f"coalesce(`{name}`, '{MISSING}')"
    number = f"cast(`{name}` AS double)"
    return f"CASE WHEN {number} IS NULL OR isnan({number}) THEN '{MISSING}' WHEN {number} <> 0 THEN 'yes' ELSE 'no' END"
