"""An open user base: configuration, session and tables as one object, which all code passes on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.config import Config
from features.engine.duckdb_session import connect
from features.partials.shelf import DayRows
from features.tables.clean import CleanTables, clean
from features.tables.stamps import unchanged

Built = dict[tuple[datetime, float], pa.Table]


@dataclass(frozen=True)
class UserBase:
    """A configuration, the session on its engine, and the clean tables in it.

    built: a cache of features and labels built for training, by cutoff and share of the users, because runs at several
    test cutoffs share most training cutoffs. It lives as long as the object. whole: of one bucket's rows, the base that
    they are of, over which populations are measured. days: what is kept of tables by user and day, for cutoffs at
    midnight alone, see ``build.warm_days``.
    """

    config: Config
    con: Backend
    tables: CleanTables
    built: Built = field(default_factory=dict, repr=False, compare=False)
    whole: "UserBase | None" = field(default=None, repr=False, compare=False, kw_only=True)
    days: Mapping[str, DayRows] = field(default_factory=dict, repr=False, compare=False, kw_only=True)

    def still_as_read(self) -> None:
        """Raises BadInput, naming the file, where the input was changed since it was read. Called before results are
        written: much of the input is read anew for every query."""
        unchanged(self.config, self.tables.stamps)

    def over(self, tables: Mapping[str, ir.Table], days: Mapping[str, ir.Table] | None = None) -> "UserBase":
        """The same base over other rows of it, such as those of one bucket of users. days: what is kept of them."""
        kept = {name: replace(self.days[name], table=table) for name, table in (days or {}).items()}
        tables = replace(self.tables, tables=tables)
        return replace(self, tables=tables, built={}, whole=self.whole or self, days=kept)


@contextmanager
def opened(config: Config) -> Iterator[UserBase]:
    """The user base of a configuration; its session is closed afterwards.

    Raises BadInput where a table cannot be used, GateFailed where too many of its rows are bad.
    """
    with connect(config) as con:
        yield UserBase(config, con, clean(con, config))
