"""The Python door: a user base as a notebook uses it. pandas frames and small records out.

It raises what the command line prints in one line: BadInput for input that cannot be used, GateFailed for a gate that
stops a run. Work of more than two seconds shows its progress on stderr.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from features.build import build, model_columns
from features.catalogue.feature import parse
from features.config import load
from features.errors import BadInput
from features.groups.horizon_choice import candidates
from features.tables.as_of import read_date
from features.user_base import UserBase, opened
from serving.batch.fallback_model import without_champion
from serving.batch.score import most_worth_keeping
from serving.batch.score import score as score_base
from serving.batch.snapshot import Snapshot, latest
from serving.remote import around
from serving.reports import stages as stages_job
from serving.reports.layers import layered
from serving.scoring.phrase import Lang
from serving.scoring.wording import Words
from serving.terminal.console import progress
from training import job
from training.evaluation import backtest as tests
from training.evaluation.backtest import Result
from training.rows.data_gates import data_gates, stop
from training.tracking import champion
from training.tracking.challengers import beside

When = str | date | datetime | None


@dataclass(frozen=True)
class Checked:
    """What a check found. rows: per table, what became of its rows. gates: per gate, its level and what to do.
    horizons: per candidate churn horizon in days, the shares that speak for it."""

    rows: pd.DataFrame
    gates: pd.DataFrame
    horizons: pd.DataFrame


@dataclass(frozen=True)
class Measured:
    """What a backtest measured. churn, value: a row per test cutoff and model, a column per metric. slices: Holdfast's
    figures by stage, tier and tenure at the last cutoff. results: everything else, one per cutoff."""

    churn: pd.DataFrame
    value: pd.DataFrame
    slices: pd.DataFrame
    results: Sequence[Result] = field(repr=False)


@dataclass(frozen=True)
class Trained:
    """A model that was registered. promoted: whether it is champion now; reason: why, or why not. measured: how it did
    at the test cutoffs. cards: the files of its model card."""

    model: str
    promoted: bool
    reason: str
    measured: Measured = field(repr=False)
    cards: Sequence[Path]


@dataclass(frozen=True)
class Scored:
    """A snapshot: a row per user known at the as-of. notes: what to know about the scores, where there is anything."""

    snapshot: Snapshot = field(repr=False)
    folder: Path
    users: int
    eligible: int
    notes: Sequence[str] = ()

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Every user, by ``user_id``: all columns of the snapshot, or the named ones."""
        return self.snapshot.table(columns and ["user_id", *columns]).to_pandas().set_index("user_id")

    def worth_keeping(self, count: int = 10) -> pd.DataFrame:
        """The users with the most value at stake, largest first."""
        return most_worth_keeping(self.snapshot, count).to_pandas().set_index("user_id")


@dataclass(frozen=True)
class Explained:
    """One user of the newest snapshot. user: the row. reasons: the strongest first, in words and in numbers;
    contributions are in log-odds, above 0 where they raise the risk."""

    user: pd.Series
    reasons: pd.DataFrame


@dataclass(frozen=True)
class Staged:
    """Users on their lifecycle stages. users: a row per user, a column per date. counts: users by stage and date.
    flow: from (rows) one stage to another (columns) between the last two dates."""

    users: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame
    flow: pd.DataFrame
    files: Sequence[Path]


class OpenBase:
    """A user base, open until its ``with`` block or ``close`` ends it. ``base`` is the record that all floors below
    work on: configuration, session, clean tables."""

    def __init__(self, file: str | Path = "holdfast.toml", lang: Lang = "en") -> None:
        """file: the configuration. lang: of reasons in words, en or zh.

        Raises BadInput where the file or a table cannot be used, GateFailed where too many rows are bad.
        """
        self.lang: Lang = lang
        self._session = ExitStack()
        config = load(Path(file))
        around.before(config)
        self.base: UserBase = self._session.enter_context(opened(config))

    def __enter__(self) -> "OpenBase":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session; its scratch files go."""
        self._session.close()

    @property
    def until(self) -> datetime:
        """The end of the logs, UTC: the default of every ``as_of``."""
        return self.base.tables.observed_until.replace(tzinfo=UTC)

    def check(self) -> Checked:
        """What became of every row, whether there is enough to train on, and which churn horizons fit.

        >>> base.check().rows.loc["orders", ["merged", "quarantined"]].tolist()
        [0, 0]
        """
        gates, horizons = data_gates(self.base), candidates(self.base)
        rows = pd.DataFrame({name: asdict(one) for name, one in self.base.tables.counts.items()}).T
        return Checked(
            rows.drop(columns=["reasons", "users"]).astype("int64"),
            pd.DataFrame(map(asdict, gates)).set_index("name"),
            pd.DataFrame(map(asdict, horizons)),
        )

    def features(self, as_of: When = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Features of every user known at a cutoff, by ``user_id``; nulls as NaN.

        columns: by name, with any window (``order_count_7d``); default: all that models take. Raises BadInput for an
        unknown feature.

        >>> base.features(columns=["order_count_7d", "days_since_active"]).columns.tolist()
        ['order_count_7d', 'days_since_active']
        """
        wanted = [parse(name) for name in columns] if columns else model_columns(self.base.config, self.base.tables)
        table = build(self.base, self._at(as_of) or self.base.tables.observed_until, wanted)
        return table.to_pandas().set_index("user_id").sort_index()

    def backtest(self, as_of: When = None, cutoffs: int = 1) -> Measured:
        """How good it would have been at past cutoffs, beside the baselines; see ``holdfast backtest``.

        >>> found = base.backtest()
        >>> found.churn.loc[(slice(None), "holdfast"), "auc"].item() > 0.6
        True
        """
        at = tests.test_cutoffs(self.base, cutoffs, self._at(as_of))
        with progress() as step:
            return _measured(tests.backtest(self.base, at, step))

    def train(self, as_of: When = None) -> Trained:
        """Train both models, measure them, log and register them; champion if the gate passes. See ``holdfast train``.

        >>> trained = base.train()
        >>> trained.promoted, trained.measured.churn.columns[0]
        (True, 'auc')
        """
        stop(data_gates(self.base))
        with around.shared(self.base.config), progress() as step:
            made = job.train(self.base, self._at(as_of), step)
        promoted = made.promoted or made.same
        return Trained(made.version.name, promoted, made.reason, _measured(made.results), made.cards)

    def score(self, as_of: When = None, fresh: bool = False) -> Scored:
        """Score every user with the champion into a snapshot, or take the one that is there; see ``holdfast score``.

        >>> scored = base.score()
        >>> scored.worth_keeping(3)[["churn_risk", "value_at_stake"]].shape
        (3, 2)
        """
        at, model, notes = self._at(as_of), champion(self.base.config), list[str]()
        if model is None:
            model, notes = without_champion(self.base, at)
        challenger, why_not = beside(self.base.config, model)
        notes += [why_not] if why_not else []
        with around.shared(self.base.config), progress() as step:
            made = score_base(self.base, model, at, fresh, step, challenger=challenger)
        return Scored(made, made.folder, made.manifest["users"], made.manifest["eligible"], notes)

    def explain(self, user_id: int | str) -> Explained:
        """One user of the newest snapshot, with the reasons of the risk in words.

        Raises BadInput where there is no snapshot, or no such user in it.

        >>> user = base.score().worth_keeping(1).index[0]
        >>> base.explain(user).reasons.columns.tolist()
        ['text', 'theme', 'lever', 'feature', 'value', 'before', 'contribution']
        """
        snapshot = latest(self.base.config.store_path)
        rows = snapshot.look_up([user_id]).to_pylist()
        if not rows:
            raise BadInput(f"user {user_id!r}: is not in snapshot {snapshot.run_id}; its ids are {_kind(snapshot)}")
        worded = Words(self.lang, tuple(self.base.config.churn.activity)).with_text(rows[0].pop("reasons")) or []
        columns = ["text", "theme", "lever", "feature", "value", "before", "contribution"]
        reasons = pd.DataFrame(worded, columns=columns)
        return Explained(pd.Series(rows[0], name=user_id, dtype=object), reasons)

    def stages(self, dates: Sequence[When] | None = None) -> Staged:
        """Every user's lifecycle stage at each date, and the flow between the last two; default: the last four, a
        horizon apart. See ``holdfast stages``.

        >>> staged = base.stages()
        >>> int(staged.flow.to_numpy().sum()) == len(staged.users)
        True
        """
        at = sorted(filter(None, map(self._at, dates))) if dates else stages_job.dates(self.base, None, None, None)
        with around.shared(self.base.config), progress() as step:
            found = stages_job.stages(self.base, at, self.base.config.store_path / "stages", step)
        rows = found.users.to_pandas()
        rows["as_of"] = rows.as_of.dt.tz_localize(None)
        users = rows.pivot(index="user_id", columns="as_of", values="stage").rename_axis(columns=None)
        last = found.flows[-1]
        flow = pd.Series(last.counts).unstack(fill_value=0)
        counts = users.apply(lambda column: column.value_counts()).fillna(0).astype("int64")
        return Staged(users, counts, flow, found.files)

    def layers(self, names: Sequence[str] = (), as_of: When = None) -> pd.DataFrame:
        """Every user's group in every layer, or the named ones, by ``user_id``; see ``holdfast layers``.

        >>> base.layers(["rfm"]).columns.tolist()
        ['rfm']
        """
        folder = self.base.config.store_path / "layers"
        with around.shared(self.base.config):
            return layered(self.base, self._at(as_of), folder, names).users.to_pandas().set_index("user_id")

    def _at(self, when: When) -> datetime | None:
        """A UTC instant, read in the project's time zone where it names none; raises BadInput for anything else."""
        return None if when is None else read_date(str(when), self.base.config.project.timezone, "as_of")


def open(file: str | Path = "holdfast.toml", lang: Lang = "en") -> OpenBase:
    """Open the user base that a configuration describes; use it in a ``with`` block, or close it.

    >>> base.until.tzinfo
    datetime.timezone.utc
    """
    return OpenBase(file, lang)


def _measured(results: Sequence[Result]) -> Measured:
    def frame(kind: str) -> pd.DataFrame:
        rows: dict[Any, Any] = {
            (one.as_of, name): found for one in results for name, found in getattr(one, kind).items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["as_of", "model"])

    return Measured(frame("churn"), frame("value"), pd.DataFrame(map(asdict, results[-1].slices)), tuple(results))


def _kind(snapshot: Snapshot) -> str:
    return "text" if str(snapshot.schema.field("user_id").type) in ("string", "large_string") else "whole numbers"
