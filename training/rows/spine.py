"""Which users at which cutoffs: time-ordered, and no label window past the test cutoff."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.build import Plan, model_columns, plan, run
from features.build.feature_table import known_in
from features.build.look_up import nobody
from features.build.past import past
from features.build.population import MOMENT, measure, moment
from features.catalogue.feature import WHOLE_YEAR, FeatureColumn, step_days
from features.config import Config
from features.engine.spark import answer
from features.errors import BadInput
from features.progress import Progress, silent
from features.user_base import UserBase
from features.wall_clock import later, wall
from training.rows import text_codes
from training.rows.labels import DAY, ahead, labels, observed_days, window
from training.rows.text_codes import Encodings

PER_HORIZON = 4  # training cutoffs in a horizon
ABOUT = 1.1  # a sample of users has more rows than its limit, or fewer
SEASON, SEASON_FROM = 6, 24  # cutoffs around a year ago, where there are at least so many in all


@dataclass(frozen=True)
class Rows:
    """Users at cutoffs, with features and labels; ordered by cutoff and user.

    features: one array per column name, float64 (NaN = null) or, for text, objects (None = null). cutoff: index into
    ``cutoffs``. churned: 0 or 1. value: the actual ``[value] sum``, below 0 for a net refund. days_to_return: from the
    end of the label gap to the first activity, NaN where none was seen. observed: for each cutoff, for how many days a
    return could be seen. share: the share of the users in the rows, below 1 for a sample. treated: the share of the
    rows that are of treated users, see ``training.rows.treated``, before any were left out.
    """

    features: Mapping[str, np.ndarray]
    user_id: pa.ChunkedArray
    cutoff: np.ndarray
    cutoffs: tuple[datetime, ...]
    churned: np.ndarray
    value: np.ndarray
    days_to_return: np.ndarray
    observed: tuple[float, ...]
    share: float = 1.0
    treated: float = 0.0

    def __len__(self) -> int:
        return len(self.cutoff)

    def where(self, kept: np.ndarray) -> "Rows":
        """Only some of the rows; kept: a boolean for each."""
        return replace(
            self,
            features={name: column[kept] for name, column in self.features.items()},
            user_id=self.user_id.filter(kept),
            cutoff=self.cutoff[kept],
            churned=self.churned[kept],
            value=self.value[kept],
            days_to_return=self.days_to_return[kept],
        )

    def matrix(self, names: Sequence[str], encodings: Encodings | None = None) -> np.ndarray:
        """The named columns, in that order, as one float64 array of shape (rows, columns). encodings: for text."""
        codes = {name: text_codes.apply(self.features[name], texts)[0] for name, texts in (encodings or {}).items()}
        columns = [codes[name] if name in codes else self.features[name] for name in names]
        return np.column_stack(columns) if len(self) else np.empty((0, len(names)))


def training_cutoffs(config: Config, first: datetime, test: datetime) -> list[datetime]:
    """The cutoffs to learn from for a test at ``test``, oldest first. first: time of the oldest row.

    They go back from the latest whose label window closes by ``test``, in steps of H/4 rounded to whole days (hours
    for short horizons). There are always four to a horizon, so that tests one horizon apart share cutoffs. At most
    ``train.cutoffs`` are taken, and none with less than half a horizon of history.

    With a short horizon, these may not reach back a year although the logs do, and the model would never see the season
    of the test. Then, of 24 or more, six around the day a year before the test replace the oldest six. Without them the
    expected sum was 10 % low on a simulated base with a mild season.
    """
    grid, zone = step_days(config.horizon), config.project.timezone
    back = [
        timedelta(
            days=config.horizon * (k // PER_HORIZON)
            + round(config.horizon * (k % PER_HORIZON) / PER_HORIZON / grid) * grid
        )
        for k in range(config.train.cutoffs)
    ]

    def with_history(found: Iterable[datetime]) -> list[datetime]:
        return sorted(at for at in found if at >= later(first, config.horizon / 2, zone))

    def before(days: timedelta) -> datetime:
        return later(test, -days / DAY, zone)

    found = with_history(before(window(config) + days) for days in back)
    if len(found) < SEASON_FROM or found[0] <= before(WHOLE_YEAR * DAY):
        return found
    season = with_history(before(WHOLE_YEAR * DAY - back[2] + days) for days in back[:SEASON])
    return season + found[len(season) :]


def closed(config: Config, cutoffs: Sequence[datetime], test: datetime) -> None:
    """Raise ValueError where a label window reaches past the test cutoff: the model would learn from the very days that
    it is tested on."""
    late = [at for at in cutoffs if ahead(config, at, window(config) / DAY) > test]
    if late:
        raise ValueError(f"label window of {max(late):%Y-%m-%d %H:%M} is open at {test:%Y-%m-%d %H:%M}: it would leak")


def by_calendar(config: Config, learn: Rows) -> Rows:
    """The rows with cutoffs as the project's clock shows them, where n days after a midnight lies a midnight: for what
    asks whether a window of so many days had closed."""
    return replace(learn, cutoffs=tuple(wall(at, config.project.timezone) for at in learn.cutoffs))


def eligible(base: UserBase, cutoff: datetime, share: float = 1.0) -> pa.Table:
    """Users (``user_id``) last active within the eligible days before the cutoff; with ``share`` < 1 a sample of them,
    the same users at every cutoff and on both engines, drawn there."""
    return ask(base, cutoff, lambda tables: eligible_in(base.config, tables, cutoff, share))


def eligible_in(config: Config, tables: Mapping[str, ir.Table], cutoff: datetime, share: float = 1.0) -> ir.Table:
    """``eligible`` of tables, or of stand-ins for them, beside which ``moment`` must be there."""
    instant = MOMENT.select(cutoff=ibis.literal(cutoff, "timestamp(6)"))
    users = sampled(known_in(tables, cutoff), share)
    zone = config.project.timezone
    seen = past(tables, instant, config.churn.activity, users, zone=zone)["activity"]
    last = seen.group_by("user_id").aggregate(days=seen.days_ago.min())
    return last.filter(last.days <= config.eligible).select("user_id")


def sampled(users: ir.Table, share: float) -> ir.Table:
    """A sample of users (``user_id``), the same ones whenever it is drawn, and among those of every larger share."""
    return users.filter(_md5(users.user_id.cast("string")) < _threshold(share)) if share < 1 else users


def ask(base: UserBase, cutoff: datetime, build: Callable[[Mapping[str, ir.Table]], ir.Table]) -> pa.Table:
    """What is built over the tables and ``moment``, at a cutoff, by the engine that is configured."""
    moment(base.con, nobody(cutoff))
    return answer(base.config, base.con, base.tables, build)


def rows(
    base: UserBase,
    cutoffs: Sequence[datetime],
    limit: int | None = None,
    progress: Progress = silent,
    until: datetime | None = None,
) -> Rows:
    """Features and labels of the eligible users at each cutoff; if these are over ``limit`` rows, of a sample of users.

    until: later returns are treated as not observed; default: the end of the logs. Tables are taken from ``base.built``
    where they are there, and added where they are not.
    """
    if not cutoffs:
        raise BadInput("no cutoff to learn from: the logs are shorter than 1.5 horizons; shorten churn.horizon_days")
    share = 1.0
    if limit and _everybody(base) * len(cutoffs) > limit:
        share = sample(sum(count(base, at) for at in cutoffs), limit)
    columns = model_columns(base.config, base.tables)
    compiled = plan(base, columns)
    parts = []
    for index, cutoff in enumerate(cutoffs):
        progress("building features", index, len(cutoffs))
        part = _kept(base, cutoff, share, columns)
        if part is None:
            part = base.built[cutoff, share] = _part(base, compiled, cutoff, share)
        parts.append(part.append_column("cutoff", pa.array(np.full(part.num_rows, index, np.int32))))
    progress("building features", len(cutoffs), len(cutoffs))
    until = min(until or base.tables.observed_until, base.tables.observed_until)
    observed = tuple(observed_days(base.config, at, until) for at in cutoffs)
    return replace(gather(pa.concat_tables(parts), tuple(cutoffs), columns, observed), share=share)


def present(base: UserBase, at: datetime, limit: int) -> pa.Table:
    """Features (``user_id`` and every model column) of the users eligible at a time, without labels; above ``limit``
    users, of a sample. Reads ``base.built`` and adds nothing to it."""
    columns = model_columns(base.config, base.tables)
    there = _kept(base, at, 1.0, columns)
    share = sample(count(base, at) if there is None else there.num_rows, limit)
    if there is not None and share == 1:
        return there
    users = eligible(base, at, share)
    return run(base.con, plan(base, columns), measure(base, at), users).sort_by("user_id")  # sums in one order


def _kept(base: UserBase, cutoff: datetime, share: float, columns: Sequence[FeatureColumn]) -> pa.Table | None:
    """What was built before, if it has every column: a notebook may add features between two trainings."""
    part = base.built.get((cutoff, share))
    return part if part is not None and {column.name for column in columns} <= {*part.column_names} else None


def _everybody(base: UserBase) -> int:
    """How many different users all tables have, at any time."""

    def users(tables: Mapping[str, ir.Table]) -> ir.Table:
        found = ibis.union(*(table.select("user_id") for table in tables.values()), distinct=True)
        return found.aggregate(users=found.count())

    return int(answer(base.config, base.con, base.tables, users)["users"][0].as_py())


def count(base: UserBase, cutoff: datetime) -> int:
    """How many users are eligible at the cutoff."""

    def users(tables: Mapping[str, ir.Table]) -> ir.Table:
        found = eligible_in(base.config, tables, cutoff)
        return found.aggregate(users=found.count())

    return int(ask(base, cutoff, users)["users"][0].as_py())


def sample(total: int, limit: int) -> float:
    """The share of the users to sample so that about ``limit`` of ``total`` rows remain; at most 1."""
    return min(1.0, limit / max(total, 1))


def fewer(learn: Rows, limit: int) -> Rows:
    """The rows, or if they are far over ``limit``, those of a sample of users: of everybody's rows, the very users that
    ``rows`` takes for this limit."""
    if len(learn) <= ABOUT * limit:
        return learn
    share = learn.share * sample(len(learn), limit)
    names = learn.user_id.cast(pa.string()).combine_chunks().dictionary_encode()
    below = _threshold(share)
    taken = [hashlib.md5(name.encode()).hexdigest() < below for name in names.dictionary.to_pylist()]
    kept = np.array(taken)[names.indices.to_numpy()]
    return replace(
        learn,
        features={name: column[kept] for name, column in learn.features.items()},
        user_id=learn.user_id.filter(pa.array(kept)),
        cutoff=learn.cutoff[kept],
        churned=learn.churned[kept],
        value=learn.value[kept],
        days_to_return=learn.days_to_return[kept],
        share=share,
    )


def _threshold(share: float) -> str:
    """Users whose md5 lies below it are the sample of this share."""
    return f"{int(share * 0xFFFFFFFF):08x}"


def _part(base: UserBase, compiled: Plan, cutoff: datetime, share: float) -> pa.Table:
    users = eligible(base, cutoff, share)
    found = run(base.con, compiled, measure(base, cutoff), users).sort_by("user_id")
    truth = labels(base, base.tables.observed_until, cutoff, users).sort_by("user_id")
    for name in ("churned", "value", "days_to_return"):
        found = found.append_column(name, truth[name])
    return found


def gather(
    table: pa.Table, cutoffs: tuple[datetime, ...], columns: Sequence[FeatureColumn], observed: tuple[float, ...]
) -> Rows:
    """Rows from a feature table with ``churned``, ``value``, ``days_to_return`` and ``cutoff`` beside the features.

    observed: for how many days after each cutoff returns are known; a later return becomes NaN.
    """
    cutoff, returned = table["cutoff"].to_numpy(), floats(table["days_to_return"])
    reach = np.asarray(observed)[cutoff]
    return Rows(
        {column.name: _array(table[column.name]) for column in columns},
        table["user_id"],
        cutoff,
        cutoffs,
        floats(table["churned"]),
        floats(table["value"]),
        np.where(returned < reach, returned, np.nan),
        observed,
    )


def _array(column: pa.ChunkedArray) -> np.ndarray:
    if text_codes.is_text(column):
        return np.asarray(column.to_pylist(), dtype=object)
    return floats(column)


def floats(column: pa.ChunkedArray) -> np.ndarray:
    """An Arrow column as float64, nulls as NaN."""
    return pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)


@ibis.udf.scalar.builtin(name="md5", signature=(("string",), "string"))
def _md5(text):
    """The md5 of a text in hex."""
