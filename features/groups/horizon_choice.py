"""Which churn horizon fits? Judged by the gaps after which users still came back.

A horizon is long enough if few gaps between two active days are longer: the usual choice is their 90 % quantile. The
gaps of each returning user weigh one in total; otherwise the very active, with nearly all of the short gaps, would
decide for everybody. Gaps longer than the logs are never seen, so short logs suggest too short a horizon. So each
candidate also says how often it would have been wrong: how many churned users came back one horizon later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from features.build.past import past
from features.catalogue.feature import steps_a_day
from features.user_base import UserBase

DAY = timedelta(days=1)
GRID = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 540, 730)  # days
ENOUGH = 100  # users who came back; fewer say nothing about a base
SPANS = 3  # horizons that must fit into the logs
FINE = 2**30  # parts of one in which users' shares are added up: whole numbers, so their order changes nothing


@dataclass(frozen=True)
class Candidate:
    """A churn horizon in days, and what it would have meant.

    users: users who came back at least once. longer: the share of their gaps that were longer than the horizon, all
    users weighing the same; None where nobody came back. eligible: users who were eligible two horizons before the end
    of the logs (eligible days in the configured ratio to the horizon). churned: how many of these churned in the next
    horizon. back: how many of the churned came back in the horizon after that.
    """

    days: float
    users: int
    longer: float | None
    eligible: int
    churned: int
    back: int


def candidates(base: UserBase) -> list[Candidate]:
    """The configured horizon and the usual ones, those that fit three times into the logs; shortest first."""
    span = (base.tables.observed_until - base.tables.observed_from) / DAY
    grid = sorted(days for days in {*GRID, base.config.horizon} if SPANS * days <= span)
    if not grid:
        return []
    instant = ibis.memtable(pa.table({"cutoff": pa.array([base.tables.observed_until], pa.timestamp("us"))}))
    zone = base.config.project.timezone
    activity = past(base.tables, instant, base.config.churn.activity, zone=zone)["activity"]
    gaps = base.con.to_pyarrow(gaps_longer(activity, grid, steps_a_day(base.config.horizon))).to_pylist()[0]
    churn = base.con.to_pyarrow(churned_after(activity, grid, base.config.eligible / base.config.horizon)).to_pylist()[
        0
    ]
    counts = {name: count or 0 for name, count in churn.items()}
    names = ("eligible", "churned", "back")
    return [
        Candidate(days, gaps["users"], gaps[f"longer_{k}"], *(counts[f"{name}_{k}"] for name in names))
        for k, days in enumerate(grid)
    ]


def suggest(found: Sequence[Candidate], share: float) -> Candidate | None:
    """The shortest horizon with at most ``share`` of the gaps longer; None if there is none or too few came back."""
    fits = (one for one in found if one.users >= ENOUGH and one.longer is not None and one.longer <= share)
    return next(fits, None)


def gaps_longer(activity: ir.Table, grid: Sequence[float], fine: int) -> ir.Table:
    """One row: ``users``, and ``longer_k`` for every candidate k. activity: user_id, days_ago; fine: steps a day."""
    ago = activity.days_ago
    steps = activity.group_by("user_id", step=(ago * fine).ceil().cast("int64")).aggregate(ago=ago.min())
    later = steps.ago.lag().over(ibis.window(group_by=steps.user_id, order_by=steps.step))
    gap = steps.select("user_id", days=steps.ago - later)  # null: nothing came after
    longer = {f"longer_{k}": gap.days.count(where=gap.days > days) for k, days in enumerate(grid)}
    users = gap.group_by("user_id").aggregate(gaps=gap.days.count(), **longer)
    users = users.filter(users.gaps > 0)
    shares = {name: (2 * FINE * users[name] + users.gaps) // (2 * users.gaps) for name in longer}
    return users.aggregate(users=users.count(), **{name: one.mean() / FINE for name, one in shares.items()})


def churned_after(activity: ir.Table, grid: Sequence[float], reach: float, spent: ir.Table | None = None) -> ir.Table:
    """One row: ``eligible_k``, ``churned_k``, ``back_k`` for every candidate k.

    reach: eligible days divided by the horizon. spent: user_id, days_ago, value; with it also ``lost_k``, what the
    churned had brought in as many days before the date.
    """
    rows = activity.select("user_id", "days_ago")
    if spent is not None:
        nothing = ibis.literal(0, spent.value.type())
        rows = rows.mutate(active=True, value=nothing)
        rows = rows.union(spent.select("user_id", "days_ago", "value").mutate(active=False).select(rows.columns))
    ago, counts = rows.days_ago, True if spent is None else rows.active
    of_user = {}
    for number, days in enumerate(grid):
        of_user[f"last_{number}"] = ago.min(where=counts & (ago > 2 * days))
        of_user[f"ahead_{number}"] = ago.count(where=counts & (ago > days) & (ago <= 2 * days))
        of_user[f"after_{number}"] = ago.count(where=counts & (ago <= days))
        if spent is not None:
            of_user[f"spent_{number}"] = rows.value.sum(where=(ago > 2 * days) & (ago <= 3 * days))
    users = rows.group_by("user_id").aggregate(**of_user)
    found = {}
    for number, days in enumerate(grid):
        eligible = users[f"last_{number}"] <= (2 + reach) * days
        churned = eligible & (users[f"ahead_{number}"] == 0)
        found[f"eligible_{number}"] = eligible.sum()
        found[f"churned_{number}"] = churned.sum()
        found[f"back_{number}"] = (churned & (users[f"after_{number}"] > 0)).sum()
        if spent is not None:
            found[f"lost_{number}"] = users[f"spent_{number}"].sum(where=churned).cast("float64")
    return users.aggregate(**found)
