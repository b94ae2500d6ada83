"""Who was assigned to what: campaigns as data, from Holdfast's own runs or from anywhere else.

A row of assigned users: ``user_id``, ``time`` (UTC), ``campaign_id``, ``arm``, ``share`` (held out, as planned; null:
as the arms say), and what was known of them before: ``risk``, ``expected_value``, ``value_at_stake``, ``stay_tier`` and
``scored_at``, the as-of of the snapshot that says so; null where the user was not scored. ``epoch``: of the draw, whose
arms are the same in all its runs; null for campaigns from elsewhere. ``sent_as``: the campaign_id that their messages
carry; null where there is no such id. ``cluster``: whom a user is alike or was drawn with, such as a shop's customers;
null: a user alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.config import Config
from features.errors import BadInput
from training.rows.labels import ahead
from training.verification.arms import HOLDOUT, TREATMENT

TIME = pa.timestamp("us")
SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("time", TIME),
        ("campaign_id", pa.string()),
        ("arm", pa.string()),
        ("share", pa.float64()),
        ("risk", pa.float64()),
        ("expected_value", pa.float64()),
        ("value_at_stake", pa.float64()),
        ("stay_tier", pa.string()),
        ("scored_at", TIME),
        ("epoch", pa.string()),
        ("sent_as", pa.string()),
        ("cluster", pa.string()),
    ]
)
GLOBAL = "global_holdout"  # before the epoch, as the id of the effect of all plays together
MOMENTS = 40  # moments of assignment in a campaign up to which each has a window of its own; else each day has


@dataclass(frozen=True)
class Campaign:
    """One campaign: its id, its users as above, each once in an epoch, and how many stood in both arms of one and were
    left out. by_day: outcome windows begin with the day of the assignment, since there are too many moments."""

    campaign_id: str
    users: pa.Table
    in_both_arms: int = 0
    by_day: bool = False

    @property
    def people(self) -> np.ndarray:
        """A number for each row's user, shape (rows,): the cluster where a user is in several epochs."""
        return _codes(self.users["user_id"])

    @property
    def clusters(self) -> np.ndarray | None:
        """A number for each row's cluster, shape (rows,), where rows are not on their own: as the column names them,
        users of several epochs beside. None where each row is one."""
        named = _codes(self.users["cluster"])
        own = self.people + named.max(initial=0) + 1
        found = np.where(np.asarray(pc.is_valid(self.users["cluster"])), named, own)
        return found if len(np.unique(found)) < len(found) else None

    @property
    def named_clusters(self) -> bool:
        """Whether the column names any."""
        return self.users["cluster"].null_count < len(self.users)

    @property
    def drawn(self) -> np.ndarray:
        """A number for what was drawn of each row, shape (rows,): its cluster where whole clusters stand in one arm,
        else its user."""
        found = self.clusters if self.named_clusters else None
        if found is None:
            return self.people
        treated = np.bincount(np.unique(found, return_inverse=True)[1], self.treated)
        crossed = (treated > 0) & (treated < np.unique(found, return_counts=True)[1])
        return self.people if crossed.any() else found

    @property
    def key(self) -> str:
        """What its looks are kept by: a play over several runs is looked at anew in each epoch."""
        last = self.users.sort_by([("time", "descending")])["epoch"][0].as_py() if len(self.users) else None
        return f"{self.campaign_id}@{last}" if self.pooled and last else self.campaign_id

    @property
    def pooled(self) -> bool:
        """Whether it is a play over several runs."""
        return bool(pc.any(pc.not_equal(self.users["sent_as"], self.campaign_id)).as_py())

    def of(self, rows: np.ndarray) -> "Campaign":
        """The same with these of its rows only, shape (rows,)."""
        return Campaign(self.campaign_id, self.users.filter(pa.array(rows)), self.in_both_arms, self.by_day)

    @property
    def treated(self) -> np.ndarray:
        """Whether a user is in the treatment arm, shape (users,)."""
        return np.asarray(pc.equal(self.users["arm"], TREATMENT))

    @property
    def share(self) -> float | None:
        """The share that was to be held out; None where nobody says, or rows say different shares."""
        found = pc.unique(self.users["share"].drop_null()).to_pylist()
        return found[0] if len(found) == 1 and not self.users["share"].null_count else None

    @property
    def play(self) -> str:
        """The name of the play, for Holdfast's own runs ``run/play``."""
        return self.campaign_id.rpartition("/")[2]

    @property
    def begin(self) -> datetime:
        return pc.min(self.users["time"]).as_py()

    @property
    def end(self) -> datetime:
        return pc.max(self.users["time"]).as_py()


def campaigns(rows: pa.Table) -> Iterator[Campaign]:
    """The campaigns in order of their first assignment. A user's first row in a campaign and epoch counts: who is
    assigned again may depend on what the first time did. One who is in both arms there is in neither. Raises BadInput
    for an arm that is none."""
    rows = rows.sort_by([("campaign_id", "ascending"), ("time", "ascending"), ("user_id", "ascending")])
    known = pc.is_in(rows["arm"], pa.array([TREATMENT, HOLDOUT]))
    if other := rows.filter(pc.invert(known))["arm"].unique().to_pylist():
        raise BadInput(f"assignments: arm '{other[0]}' is neither '{TREATMENT}' nor '{HOLDOUT}'; mend it")
    found = []
    for campaign_id in rows["campaign_id"].unique().to_pylist():
        mine = rows.filter(pc.equal(rows["campaign_id"], campaign_id)).combine_chunks()
        codes = _codes(mine["user_id"]) * (len(mine) + 1) + _codes(mine["epoch"])
        codes = np.unique(codes, return_inverse=True)[1]
        treated = np.asarray(pc.equal(mine["arm"], TREATMENT))
        users = int(codes.max(initial=-1)) + 1
        both = np.bincount(codes, treated, users) * np.bincount(codes, ~treated, users) > 0
        first = np.unique(codes, return_index=True)[1]
        kept = np.sort(first[~both])
        mine = mine.take(pa.array(kept))
        found.append(Campaign(campaign_id, mine, int(both.sum()), len(pc.unique(mine["time"])) > MOMENTS))
    return iter(sorted(found, key=lambda one: (one.begin, one.campaign_id) if len(one.users) else (datetime.max, "")))


def moments(config: Config, campaign: Campaign) -> list[tuple[datetime, np.ndarray]]:
    """The moments at which outcome windows begin, and whose: each moment of assignment or, where there are many, the
    begin of its day (UTC), which both arms share."""
    times = campaign.users["time"].to_numpy(zero_copy_only=False).astype("datetime64[us]")
    if campaign.by_day:
        times = times.astype("datetime64[D]").astype("datetime64[us]")
    return [(moment.item(), times == moment) for moment in np.unique(times)]


def window_days(config: Config) -> float:
    """Days from an assignment until its outcomes are known: the label gap and the longer horizon."""
    return config.churn.gap_days + max(config.horizon, config.value_horizon)


def closes(config: Config, campaign: Campaign) -> datetime:
    """When the outcome windows of all its users are over."""
    last = ahead(config, campaign.end, window_days(config)) if len(campaign.users) else None
    return last or datetime.max - timedelta(days=1)


def closed(config: Config, campaign: Campaign, until: datetime) -> np.ndarray:
    """Whose outcome windows are over by then, shape (rows,)."""
    found = np.zeros(len(campaign.users), bool)
    for moment, mine in moments(config, campaign):
        found[mine] = ahead(config, moment, window_days(config)) <= until
    return found


def with_pooled(rows: pa.Table) -> pa.Table:
    """The rows, and once more those of each play that was exported in several runs, under the play's name.

    Runs whose holdout was of another share than the newest run's stay out: mixed, the arms would hold other times.
    """
    own = rows.filter(pc.and_(pc.is_valid(rows["sent_as"]), pc.is_valid(rows["epoch"]))) if len(rows) else rows
    runs = own.group_by("campaign_id").aggregate([("time", "min"), ("share", "min")]).to_pylist()
    plays: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(runs, key=lambda one: (one["time_min"], one["campaign_id"])):
        plays.setdefault(one["campaign_id"].rpartition("/")[2], []).append(one)
    more = []
    for play, mine in plays.items():
        alike = [one["campaign_id"] for one in mine if one["share_min"] == mine[-1]["share_min"]]
        if len(alike) > 1:
            taken = own.filter(pc.is_in(own["campaign_id"], pa.array(alike)))
            name = pa.array([play] * len(taken), pa.string())
            more.append(taken.set_column(taken.column_names.index("campaign_id"), "campaign_id", name))
    return pa.concat_tables([rows, *more])


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """A number for each value, null among them."""
    found = column.combine_chunks().dictionary_encode(null_encoding="encode").indices
    return found.to_numpy(zero_copy_only=False).astype(np.int64)
