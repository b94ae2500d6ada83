"""What the stages job counts of a bucket's users at several dates, and what it writes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa

from features.config import Config
from features.groups import lifecycle
from features.groups.lifecycle import Flow, Placed, Tally

WHEN = pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class Counted:
    """Of some users: what is counted at each date, the flows between dates, and by stage the days on it of all together
    and who was ever on it. Over parts of a base they add up."""

    tallies: list[Tally]
    flows: list[Flow]
    days: Mapping[str, tuple[float, int]]

    def __add__(self, other: "Counted") -> "Counted":
        tallies = [one + two for one, two in zip(self.tallies, other.tallies, strict=True)]
        flows = [one + two for one, two in zip(self.flows, other.flows, strict=True)]
        days = {name: (a + other.days[name][0], n + other.days[name][1]) for name, (a, n) in self.days.items()}
        return Counted(tallies, flows, days)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it, without the dates; ``of_plain`` takes it back."""
        return {
            "tallies": [[one.users, one.healthy, one.stages, one.eligible, one.with_band] for one in self.tallies],
            "flows": [[[*pair, users] for pair, users in one.counts.items()] for one in self.flows],
            "days": self.days,
        }


def of_plain(told: Mapping[str, Any], at: Sequence[datetime]) -> Counted:
    flows = [
        Flow(begin, end, {(a, b): users for a, b, users in rows})
        for (begin, end), rows in zip(pairwise(at), told["flows"], strict=True)
    ]
    tallies = [Tally(date, *given) for date, given in zip(at, told["tallies"], strict=True)]
    return Counted(tallies, flows, {name: (days, users) for name, (days, users) in told["days"].items()})


def counted(config: Config, placed: Sequence[Placed]) -> Counted:
    tallies = [lifecycle.tally(config, one) for one in placed]
    flows = [lifecycle.flow(begin, end) for begin, end in pairwise(placed)]
    return Counted(tallies, flows, lifecycle.days_on_stage(config, placed))


def rows_of(placed: Placed) -> pa.Table:
    """``user_id``, ``stage``, ``healthy``, ``eligible``, ``as_of``."""
    return placed.users.append_column("as_of", pa.array([placed.at] * len(placed.users), WHEN))
