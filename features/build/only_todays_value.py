"""Keeps today's knowledge out of the past: which features have no value before the end of the logs."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import ibis.expr.types as ir

from features.build.feature_table import undated
from features.catalogue.feature import parse
from features.config import Config
from features.errors import BadInput


def only_of_today(config: Config, tables: Mapping[str, ir.Table], names: Iterable[str]) -> dict[str, str]:
    """The named features that read a column of ``users`` with only today's value → the first such column."""
    found = {name: undated(parse(name).feature, config, tables) for name in dict.fromkeys(names)}
    return {name: columns[0] for name, columns in found.items() if columns}


def refuse_undated(
    config: Config, tables: Mapping[str, ir.Table], names: Iterable[str], at: datetime, until: datetime | None
) -> None:
    """Raise BadInput where a named feature would show today's value of a column at an earlier date.

    at: the date of the features. until: the end of the logs, from which on today's value is right; None: it is not
    known, so every date counts as earlier.
    """
    if until is not None and at >= until:
        return
    for name, column in only_of_today(config, tables, names).items():
        raise BadInput(
            f"{config.file.name}: feature '{name}' as of {at:%Y-%m-%d %H:%M}: of users.{column} only today's value is "
            f"known; give users a time (valid from), or name '{column}' in tables.users.fixed if it never changes"
        )
