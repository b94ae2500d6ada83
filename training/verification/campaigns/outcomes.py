"""What came after an assignment: churn, value and stage moves of both arms, through labels.py and the tables."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import BadInput
from features.groups.lifecycle import place
from features.user_base import UserBase
from training.rows.labels import ahead, labels
from training.verification.campaigns.assigned import Campaign, moments

BEST_FIRST = (  # of the default stages; those of a team's own follow in the order of the file
    "loyal",
    "active",
    "potential",
    "new",
    "resurrected",
    "at_risk",
    "inactive",
    "lapsed_1",
    "lapsed_2",
    "lapsed_3",
    "prospect",
)


def outcomes(base: UserBase, campaign: Campaign, observed_until: datetime) -> tuple[np.ndarray, np.ndarray]:
    """churned (0 or 1) and value of each user of a campaign, from the assignment on; shape (users,).

    Raises BadInput where a window has not closed by ``observed_until``.
    """
    churned, value = np.empty(len(campaign.users)), np.empty(len(campaign.users))
    for at, mine in moments(base.config, campaign):
        users = campaign.users.select(["user_id"]).filter(pa.array(mine))
        found = labels(base, observed_until, at, users)
        order = pc.index_in(users["user_id"], found["user_id"].combine_chunks())
        found = found.take(order)
        churned[mine] = found["churned"].to_numpy().astype(float)
        value[mine] = found["value"].to_numpy()
    return churned, value


def stages(base: UserBase, campaign: Campaign) -> tuple[np.ndarray, np.ndarray]:
    """Each user's stage at the assignment and one horizon later, by the same rules, without risk bands: of two
    snapshots one might have a model that the other had not."""
    found = np.empty((2, len(campaign.users)), dtype=object)
    for at, mine in moments(base.config, campaign):
        users = campaign.users.select(["user_id"]).filter(pa.array(mine))
        for row, when in enumerate((at, ahead(base.config, at, base.config.horizon))):
            placed = place(base, when, users)
            coded = placed.users["stage"].combine_chunks().dictionary_encode()  # one text a stage, not one a user
            found[row, mine] = np.array(coded.dictionary.to_pylist(), dtype=object)[coded.indices.to_numpy()]
    return found[0], found[1]


def best_first(names: list[str]) -> list[str]:
    """The stages of a configuration, the best first: what moves up and down mean."""
    return [name for name in BEST_FIRST if name in names] + [name for name in names if name not in BEST_FIRST]


def planned_move(goal: str, names: list[str]) -> tuple[str, str] | None:
    """The stages of a goal such as 'lapsed_1 -> active'; None for churn and value. BadInput for an unknown stage."""
    begin, arrow, end = (part.strip() for part in goal.partition("->"))
    if not arrow:
        return None
    for stage in (begin, end):
        if stage not in names:
            raise BadInput(f"goal '{goal}': no stage '{stage}' any more; there are: {', '.join(names)}")
    return begin, end
