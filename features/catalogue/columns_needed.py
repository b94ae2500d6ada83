"""Which columns of the tables some features need, so that only these have to be read."""

from collections.abc import Iterable, Mapping

import ibis.expr.types as ir

from features.catalogue.feature import REGISTRY, Feature, parse
from features.catalogue.input_tables import CONTRACTS

ALWAYS = ("known_at", "event", "refund")  # the past, and what counts as activity, depend on them


def columns_needed(tables: Mapping[str, ir.Table], names: Iterable[str]) -> dict[str, set[str]]:
    """By table, the columns that the named features and the rows' place in time depend on.

    ``users`` is left out: all of its columns decide which of several rows with the same time counts.
    """
    needs = {need for name in names for need in _needs(parse(name).feature)}
    found = {}
    for name in tables:
        if name != "users":
            sure = [column.name for column in CONTRACTS[name].columns if column.needed]
            wanted = [column for table, _, column in (need.partition(".") for need in needs) if table == name]
            found[name] = {*sure, *ALWAYS, *wanted}
    return found


def _needs(one: Feature) -> set[str]:
    return {*one.needs, *(need for name in one.uses for need in _needs(REGISTRY[name]))}
