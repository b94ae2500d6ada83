"""Planned looks that are kept, so that asking often costs nothing: between two of them the last one is told again.

A look is kept as the last assignment that counted in it; its figures are worked out again from those users. How many
users a campaign is planned for is fixed at its first look; looks come at each fifth of them whose windows are over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from features import whole_files
from features.errors import BadInput
from training.verification.looks import Look, looks_at

LOOKS = 5
FILE = "looks.json"
MORE = 2  # of a play that goes on: so many times the users of its first look are planned


@dataclass(frozen=True)
class Made:
    """A look that was made. until: the last assignment that counted; users: how many did; fraction: of those planned.
    told: its figures then, for people."""

    until: datetime
    users: int
    fraction: float
    told: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Plan:
    """users: planned, by which looks are counted. made: the looks so far, the oldest first."""

    users: int
    made: tuple[Made, ...] = ()

    @property
    def over(self) -> bool:
        return bool(self.made) and self.made[-1].fraction >= 1

    @property
    def next_users(self) -> int:
        """At how many users with closed windows the next look is."""
        last = self.made[-1].fraction if self.made else 0.0
        return int(np.ceil(min(np.floor(last * LOOKS + 1e-9) + 1, LOOKS) / LOOKS * self.users))


def look_now(plan: Plan | None, closed: Sequence[datetime] | np.ndarray, assigned: int, goes_on: bool = False) -> Plan:
    """The plan with the look that is due now, if one is. closed: when they were assigned whose windows are over.

    assigned: all users of the campaign. goes_on: more will be assigned, in runs to come.
    """
    count = len(closed)
    if plan is None:
        plan = Plan(max(assigned, MORE * count if goes_on else 0))
    if not count or plan.over or count < plan.next_users:
        return plan
    fraction = min(count / plan.users, 1.0)
    if plan.made and fraction <= plan.made[-1].fraction:
        return plan
    return Plan(plan.users, (*plan.made, Made(np.asarray(closed, "datetime64[us]").max().item(), count, fraction)))


def level_of(plan: Plan) -> Look:
    """The last look made, with the level that its interval has. BadInput where none was."""
    return looks_at([one.fraction for one in plan.made])[-1]


def load(folder: Path) -> dict[str, Plan]:
    """The plans that were kept, by campaign; none where there is no file. BadInput where it is damaged."""
    file = folder / FILE
    if not file.exists():
        return {}
    try:
        kept = whole_files.read_sealed(file)["plans"]
        return {
            name: Plan(
                int(one["users"]),
                tuple(
                    Made(datetime.fromisoformat(each["until"]), each["users"], each["fraction"], each["told"])
                    for each in one["made"]
                ),
            )
            for name, one in kept.items()
        }
    except (BadInput, KeyError, TypeError, ValueError):
        raise BadInput(
            f"{file}: damaged or unreadable; bring it back from a backup, or remove it: looks then begin anew, and "
            "more than 5 % of campaigns without effect may be called proven"
        ) from None


def save(folder: Path, plans: Mapping[str, Plan]) -> None:
    """Keep the plans, those of other campaigns as they are; the file is written whole."""
    every = load(folder) | dict(plans)
    told = {
        name: {
            "users": plan.users,
            "made": [
                {"until": one.until.isoformat(), "users": one.users, "fraction": one.fraction, "told": dict(one.told)}
                for one in plan.made
            ],
        }
        for name, plan in sorted(every.items())
    }
    folder.mkdir(parents=True, exist_ok=True)
    if told:
        whole_files.write_sealed(folder / FILE, {"version": 1, "plans": told})
