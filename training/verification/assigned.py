"""Who was assigned to what: campaigns as data, from Holdfast's own runs or from anywhere else.

A row of assigned users: ``user_id``, ``time`` (UTC), ``campaign_id``, ``arm``, ``share`` (held out, as planned; null:
as the arms say), and what was known of them before: ``risk``, ``expected_value``, ``value_at_stake``, ``stay_tier`` and
``scored_at``, the as-of of the snapshot that says so; null where the user was not scored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    ]
)
MOMENTS = 40  # moments of assignment in a campaign up to which each has a window of its own; else each day has


@dataclass(frozen=True)
class Campaign:
    """One campaign: its id, its users as above, each once, and how many stood in both arms and were left out."""

    campaign_id: str
    users: pa.Table
    in_both_arms: int = 0

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
    """The campaigns in order of their first assignment. A user's first row in a campaign counts; one who is in both of
    its arms is in neither. Raises BadInput for an arm that is none."""
    rows = rows.sort_by([("campaign_id", "ascending"), ("time", "ascending"), ("user_id", "ascending")])
    known = pc.is_in(rows["arm"], pa.array([TREATMENT, HOLDOUT]))
    if other := rows.filter(pc.invert(known))["arm"].unique().to_pylist():
        raise BadInput(f"assignments: arm '{other[0]}' is neither '{TREATMENT}' nor '{HOLDOUT}'; mend it")
    found = []
    for campaign_id in rows["campaign_id"].unique().to_pylist():
        mine = rows.filter(pc.equal(rows["campaign_id"], campaign_id)).combine_chunks()
        codes = np.unique(mine["user_id"].combine_chunks().dictionary_encode().indices, return_inverse=True)[1]
        treated = np.asarray(pc.equal(mine["arm"], TREATMENT))
        users = int(codes.max(initial=-1)) + 1
        both = np.bincount(codes, treated, users) * np.bincount(codes, ~treated, users) > 0
        first = np.unique(codes, return_index=True)[1]
        kept = np.sort(first[~both])
        found.append(Campaign(campaign_id, mine.take(pa.array(kept)), int(both.sum())))
    return iter(sorted(found, key=lambda one: (one.begin, one.campaign_id) if len(one.users) else (datetime.max, "")))


def moments(config: Config, campaign: Campaign) -> list[tuple[datetime, np.ndarray]]:
    """The moments at which outcome windows begin, and whose: each moment of assignment or, where there are many, the
    begin of its day (UTC), which both arms share."""
    times = campaign.users["time"].to_numpy(zero_copy_only=False).astype("datetime64[us]")
    if len(np.unique(times)) > MOMENTS:
        times = times.astype("datetime64[D]").astype("datetime64[us]")
    return [(moment.item(), times == moment) for moment in np.unique(times)]


def closes(config: Config, campaign: Campaign) -> datetime:
    """When the outcome windows of all its users are over."""
    days = config.churn.gap_days + max(config.horizon, config.value_horizon)
    return ahead(config, campaign.end, days) if len(campaign.users) else datetime.max - timedelta(days=1)
