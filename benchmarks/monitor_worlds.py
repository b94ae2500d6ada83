"""A simulated base that is monitored day by day, and what may happen to its tables from a day on."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import ibis
import ibis.expr.types as ir

from features.config import load
from features.simulate import World, simulate
from features.user_base import UserBase, opened
from serving.batch import score as job
from serving.batch.snapshot import Snapshot
from serving.monitoring.monitor import Report, monitor
from training.evaluation.backtest import evaluate, plain
from training.evaluation.backtest_json import comparison
from training.fit.train import complete, training_rows
from training.tracking import Version

TOML = """\
[engine]
threads = 1
[tables.orders]
path = "orders/*.parquet"
[tables.events]
path = "events/*.parquet"
[tables.users]
path = "users/*.parquet"
fixed = ["plan", "channel"]
[churn]
activity = ["orders"]
horizon_days = 30
eligible_days = 60
[train]
cutoffs = 8
[monitor]
max_model_days = 3650
"""
DAY = timedelta(days=1)
Tables = Mapping[str, ir.Table]
Event = Callable[[Tables, datetime], Tables]


@dataclass(frozen=True)
class Watched:
    """A base whose logs end on a day, its model, and its store."""

    base: UserBase
    model: Version | None = None

    def at(self, day: datetime, tables: Tables | None = None) -> "Watched":
        """The same base as it was known on a day; tables: instead of its own."""
        known = replace(self.base.tables, observed_until=day, tables=tables or self.base.tables.tables)
        return replace(self, base=replace(self.base, tables=known, built={}))

    def storing(self, folder: Path) -> "Watched":
        """The same base with another store."""
        store = self.base.config.store.model_copy(update={"path": str(folder)})
        return Watched(replace(self.base, config=self.base.config.model_copy(update={"store": store})), self.model)

    def trained(self, day: datetime) -> "Watched":
        """The same base with a model of what was known on a day."""
        then = self.at(day).base
        result = evaluate(then, day - 30 * DAY)
        bundle = complete(then, training_rows(then, day), day)
        metrics = {"churn": plain(result.churn), "value": plain(result.value), "as_of": result.as_of.isoformat()}
        bundle = replace(bundle, metrics=dict(bundle.metrics) | metrics | comparison(result.comparison))
        return Watched(self.base, Version(f"of-{day:%Y-%m-%d}", "", bundle))

    def score(self) -> Snapshot:
        """Score everybody known at the end of the logs."""
        assert self.model, "train first"
        return job.score(self.base, self.model, fresh=True)

    def run(self) -> Report:
        """A run on the day: score, then monitor."""
        self.score()
        return monitor(self.base, self.base.tables.observed_until)


@contextmanager
def watched(folder: Path, users: int, until: datetime, days: int, world: World, seed: int) -> Iterator[Watched]:
    """A base of the world, without a model."""
    simulate(folder, users, days=days, until=until.date(), seed=seed, world=world)
    (folder / "holdfast.toml").write_text(TOML, encoding="utf-8")
    with opened(load(folder / "holdfast.toml")) as base:
        yield Watched(base)


def without_boards() -> None:
    """Let scoring make no boards: monitoring does not read them, and they take most of a small base's time."""
    job.write_boards = lambda *_: {"made": {}, "missing": {}}  # type: ignore[assignment]


def copied(store: Path, to: Path) -> Path:
    """A copy of a store, for what happens next in one of several worlds."""
    return Path(shutil.copytree(store, to))


def stops(table: str) -> Event:
    """No row of a table from the day on."""
    return lambda tables, day: dict(tables) | {table: tables[table].filter(tables[table].time < _at(day))}


def doubles(table: str) -> Event:
    """Every row of a table twice from the day on."""

    def twice(tables: Tables, day: datetime) -> Tables:
        one = tables[table]
        return dict(tables) | {table: one.union(one.filter(one.time >= _at(day)))}

    return twice


def swells(table: str, key: str, factor: int) -> Event:
    """So many rows for each of a table from the day on, minutes apart, with keys of their own: another season."""

    def more(tables: Tables, day: datetime) -> Tables:
        one = tables[table]
        new = one.filter(one.time >= _at(day))
        for number in range(1, factor):
            time = new.time - ibis.interval(minutes=number)
            again = new.mutate(**{"time": time.cast(new.time.type()), key: new[key] + f"-{number}"})
            one = one.union(again.cast(one.schema()))
        return dict(tables) | {table: one}

    return more


def brings(table: str, column: str, text: str) -> Event:
    """A new text in the rows of a third of the users, from the day on."""

    def new(tables: Tables, day: datetime) -> Tables:
        one = tables[table]
        some = (one.time >= _at(day)) & (one.user_id % 3 == 0)
        return dict(tables) | {table: one.mutate(**{column: ibis.ifelse(some, text, one[column])})}

    return new


def times(table: str, column: str, factor: int) -> Event:
    """Amounts in another unit from the day on."""

    def other(tables: Tables, day: datetime) -> Tables:
        one = tables[table]
        kind = one[column].type()
        changed = ibis.ifelse(one.time >= _at(day), one[column] * factor, one[column]).cast(kind)
        return dict(tables) | {table: one.mutate(**{column: changed})}

    return other


def loses(table: str, column: str) -> Event:
    """A column without values from the day on."""

    def empty(tables: Tables, day: datetime) -> Tables:
        one = tables[table]
        left = ibis.ifelse(one.time >= _at(day), ibis.null(one[column].type()), one[column])
        return dict(tables) | {table: one.mutate(**{column: left})}

    return empty


def _at(day: datetime) -> ir.Value:
    return ibis.literal(day, "timestamp(6)")
