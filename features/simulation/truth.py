"""What is true of each simulated user's future at a midnight: the chance of no order, and the orders' expected sum."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from features.errors import BadInput
from features.simulation import story
from features.simulation.story import DAY
from features.simulation.world import QUIET, day, seasonal


def churn_probability(truth: pa.Table, as_of: date, horizon_days: int, contact: bool | None = None) -> np.ndarray:
    """The true probability of no order in [as_of, as_of + horizon_days), in the order of `truth`'s rows.

    Exact given all of the user's state at midnight UTC of `as_of`, averaged over what may come; 1 for prospects and for
    who has left, NaN for who signs up later. Holds up to the log's end. contact: as if every reachable user were
    contacted (or nobody) on the morning of `as_of`; None: by chance, as in the log. BadInput where `as_of` is no
    midnight, or is asked for with `contact` and is no day of a campaign.
    """
    state = _state(truth, as_of)

    def one_day(ahead: np.ndarray, orders: np.ndarray, keep_well: np.ndarray, keep_cooling: np.ndarray) -> None:
        ahead[0] = np.exp(-orders) * (keep_well * ahead[0] + (1 - keep_well) * ahead[1])
        ahead[1] = np.exp(-orders * story.COOLED) * (keep_cooling * ahead[1] + (1 - keep_cooling))

    # ahead[cooling, complaint, contact, reachable, user]: the probability of no order from here to the horizon's end
    found = _backward(truth, as_of, horizon_days, contact, np.ones((2, 2, 2, 2, len(truth))), one_day)
    return np.where(state.here, np.where(state.left, 1.0, found[state.index]), np.nan)


def expected_value(truth: pa.Table, as_of: date, horizon_days: int, contact: bool | None = None) -> np.ndarray:
    """The true expected sum of order amounts in [as_of, as_of + horizon_days); arguments as in `churn_probability`.

    0 for prospects and for who has left, NaN for who signs up later. Amounts are whole cents, at least one: this is
    off by less than a thousandth of a cent an order.
    """
    state = _state(truth, as_of)

    def one_day(ahead: np.ndarray, orders: np.ndarray, keep_well: np.ndarray, keep_cooling: np.ndarray) -> None:
        ahead[0] = orders + keep_well * ahead[0] + (1 - keep_well) * ahead[1]
        ahead[1] = orders * story.COOLED + keep_cooling * ahead[1]

    # ahead: how many orders are to be expected from here to the horizon's end
    found = _backward(truth, as_of, horizon_days, contact, np.zeros((2, 2, 2, 2, len(truth))), one_day)
    value = truth["mean_amount"].to_numpy() * found[state.index]
    return np.where(state.here, np.where(state.left, 0.0, value), np.nan)


@dataclass(frozen=True)
class _State:
    """here: signed up before the midnight; left: gone by then; index: where a user's state is in an array over all."""

    here: np.ndarray
    left: np.ndarray
    index: tuple[np.ndarray, ...]


def _state(truth: pa.Table, as_of: date) -> _State:
    now, users = day(as_of) * DAY, np.arange(len(truth))
    moments = {name: truth[name].combine_chunks() for name in ("contacts", "complaints", "resolved")}
    sent, opened, resolved = (column.flatten().cast(pa.int64()).to_numpy() for column in moments.values())
    of_contact, of_complaint, _ = (np.repeat(users, column.value_lengths()) for column in moments.values())
    contact, complaint = np.zeros((2, users.size), dtype=int)
    contact[of_contact[(sent < now) & (sent >= now - story.CONTACT_DAYS * DAY)]] = 1
    complaint[of_complaint[(opened < now) & (resolved >= now)]] = 1
    names = ("signup_time", "cooling_at", "left_at", "reachable_until")  # null: not within the log
    signup, cool, left, reachable = (truth[name].cast(pa.int64()).fill_null(story.NEVER).to_numpy() for name in names)
    index = ((cool <= now).astype(int), complaint, contact, (reachable >= now).astype(int), users)
    return _State(signup < now, left <= now, index)


def _backward(truth, as_of, horizon_days, contact, ahead, one_day):
    """From the horizon's end back to the morning of `as_of`: what `one_day` makes of `ahead`, day by day."""
    first, users = day(as_of), len(truth)
    if contact is not None and first % story.CAMPAIGN_GAP:
        near = np.datetime64(first - first % story.CAMPAIGN_GAP, "D")
        raise BadInput(f"simulate: {as_of} has no campaign to be contacted by; the one before is on {near}")

    def known(name, default):
        return truth[name].to_numpy() if name in truth.column_names else np.full(users, default)

    season = truth["season"][0].as_py() if "season" in truth.column_names and users else QUIET
    drift = truth["drift_at"].cast(pa.int64()).to_numpy() // DAY if "drift_at" in truth.column_names else np.inf
    factor, lift = known("hazard_factor", 1.0), np.array([np.ones(users), known("contact_orders", 1.0)])[:, None]
    contacted = np.array([np.ones(users), truth["contact_effect"].to_numpy()])
    speed = np.array([contacted, story.COMPLAINT_EFFECT * contacted])[:, :, None]

    def keep(at):
        moved = speed * np.where(at >= drift, factor, 1.0)
        return np.exp(-truth["hazard"].to_numpy() * moved), np.exp(-story.LEAVE * moved)

    kept, drifted = keep(-np.inf), keep(np.inf)
    for at in range(first + horizon_days - 1, first - 1, -1):
        kept_now = drifted if np.all(at >= drift) else kept if np.all(at < drift) else keep(at)
        one_day(ahead, truth["order_rate"].to_numpy() * seasonal(np.array(at), season) * lift, *kept_now)
        calm, upset = ahead[:, 0], ahead[:, 1]
        ahead[:, 0], ahead[:, 1] = calm + story.COMPLAIN * (upset - calm), upset + story.RESOLVE * (calm - upset)
        if at % story.CAMPAIGN_GAP == 0:
            reached = (1 - story.OPT_OUT) * ahead[:, :, 1, 1] + story.OPT_OUT * ahead[:, :, 1, 0]
            share = story.CONTACTED if contact is None or at > first else float(contact)
            ahead[:, :, 0, 1] = (1 - share) * ahead[:, :, 0, 1] + share * reached
        elif at % story.CAMPAIGN_GAP == story.CONTACT_DAYS:
            ahead[:, :, 1] = ahead[:, :, 0]
    return ahead
