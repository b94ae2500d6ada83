"""What a board may see: every table as it stood at a date, and the rows of the snapshot that was scored then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir

from features.build.past import DAY_MICROSECONDS
from features.config import Config
from features.wall_clock import SECOND, changes, offset, wall

SCORED = "scored"
COLUMNS = (  # of the snapshot, which has many more, that boards ask for
    *("user_id", "eligible", "stage", "stage_before", "risk_band", "risk_percentile", "stay_tier", "value_tier"),
    *("level", "tags", "churn_risk", "expected_value", "value_at_stake", "lifetime_value"),
)
PAST = "past_of_"  # and a table's name: what ``Sight.past`` gives, where that was made a view already
USERS = "users_now"  # what ``Sight.users`` gives, where it was made already
MEASURE = "level_measure"  # user_id and ``measure``, what member levels go by; there where the configuration has levels


@dataclass(frozen=True)
class Sight:
    """The tables of a base at a date.

    tables: clean tables, real ones or stand-ins for Spark; the snapshot's rows among them as SCORED. at: the cutoff, a
    UTC time without a zone. before: the date of the snapshot that ``stage_before`` comes from. history: dates of
    earlier snapshots → the names of their rows among the tables, oldest first.
    """

    config: Config
    at: datetime
    tables: Mapping[str, ir.Table] = field(repr=False)
    before: datetime | None = None
    history: Mapping[datetime, str] = field(default_factory=dict)

    def has(self, name: str, *columns: str) -> bool:
        """Whether there is such a table, with such columns."""
        return name in self.tables and not set(columns) - set(self.tables[name].columns)

    def past(self, name: str) -> ir.Table:
        """A table's rows from before the date, and known before it; other instants at or after it are null.

        Beside ``time`` there is ``date``, its day by the calendar of the project's zone. Refunds are among orders, as
        ``refund``. Users have all their rows from before the date, see ``users``, but for who signed up later.
        """
        if (view := PAST + name) in self.tables:
            return self.tables[view]
        table = self.tables[name]
        cut = ibis.literal(self.at, "timestamp(6)")
        for known in ("time", "known_at"):
            if known in table.columns:
                table = table.filter(table[known].isnull() | (table[known] < cut))
        if name == "users" and "signup_time" in table.columns:
            table = table.filter(table.signup_time.isnull() | (table.signup_time < cut))
        later = [one for one, kind in table.schema().items() if kind.is_timestamp() and one not in ("time", "known_at")]
        table = table.mutate(**{one: ibis.ifelse(table[one] < cut, table[one], None) for one in later})
        return table.mutate(date=self.day(table.time)) if "time" in table.columns else table

    def day(self, time: ir.Value) -> ir.Value:
        """The day of an instant by the calendar of the project's zone; every row of every log is asked for it, and the
        engines' own functions take six times as long."""
        if (zone := self.config.project.timezone) != "UTC":
            time = time + (offset(time, zone) / SECOND).cast("int64").as_interval("s")  # type: ignore[operator]
        return time.date()  # type: ignore[attr-defined]

    def ago(self, time: ir.Value) -> ir.Value:
        """Days from an instant to the date, fractional, as ``features.build.past`` counts them."""
        zone = self.config.project.timezone
        gone = ibis.literal(self.at, "timestamp(6)").delta(time, unit="microsecond")  # type: ignore[union-attr]
        if changes(zone):
            ahead = (wall(self.at, zone) - self.at) // timedelta(microseconds=1)
            gone = ibis.greatest(gone + (ahead - offset(time, zone)), 1)
        return gone.cast("float64") / DAY_MICROSECONDS

    @property
    def last_day(self) -> ir.Value:
        """The last day that lies wholly or in part before the date, as a literal date."""
        day = (wall(self.at, self.config.project.timezone) - timedelta(microseconds=1)).date()
        return ibis.literal(day, "date")

    def users(self, *columns: str) -> ir.Table:
        """``user_id`` and these columns of ``users`` at the date: of several rows of a user the last that was valid
        before it, of several with one time the greatest. A column that is not there is null."""
        rows = self.past("users")
        there = [name for name in columns if name in rows.columns]
        if USERS in self.tables and not set(there) - set(self.tables[USERS].columns):
            return self.tables[USERS].select("user_id", *there)
        others = [name for name in rows.columns if name not in ("user_id", "known_at", "time", "date")]
        first = [name for name in ("time",) if name in rows.columns]
        order = [ibis.desc(rows[name], nulls_first=False) for name in (*first, *others)]
        place = ibis.row_number().over(group_by="user_id", order_by=order or ["user_id"])
        last = rows.mutate(place=place).filter(lambda row: row.place == 0)
        return last.select("user_id", *there)

    def earlier(self) -> dict[datetime, ir.Table]:
        """The rows of earlier snapshots by their date, oldest first; one a day, the newest dates only."""
        return {at: self.tables[name] for at, name in self.history.items()}

    @property
    def scored(self) -> ir.Table:
        """The snapshot's rows, with COLUMNS."""
        return self.tables[SCORED]
