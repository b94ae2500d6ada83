"""What several boards begin with, worked out once where boards are written, and elsewhere wherever it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir

from features.boards.sight import Sight


@dataclass(frozen=True)
class Kept:
    """An expression over what was known at a date, under whose name a sight may have the table, made of it already.

    needs: the tables without which there is nothing to keep.
    """

    name: str
    build: Callable[[Sight], ir.Table]
    needs: tuple[str, ...] = ()

    def __call__(self, sight: Sight) -> ir.Table:
        return sight.tables[self.name] if self.name in sight.tables else self.build(sight)

    def wanted(self, sight: Sight) -> bool:
        return all(sight.has(name) for name in self.needs)


def kept(name: str, needs: tuple[str, ...] = ()) -> Callable[[Callable[[Sight], ir.Table]], Kept]:
    """Make such a table of the function that builds it."""
    return lambda build: Kept(name, build, needs)
