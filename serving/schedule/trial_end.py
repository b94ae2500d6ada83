"""What becomes of a challenger: it is watched on, takes the champion's place, or withdraws."""

from dataclasses import dataclass

from features.errors import BadInput
from features.user_base import UserBase
from features.wall_clock import days_between
from serving.monitoring.past_snapshots import by_date
from serving.monitoring.trial import CHALLENGER, CHAMPION, outcomes, samples, watched
from training import tracking
from training.promotion import beside
from training.tracking.registry import promote


@dataclass(frozen=True)
class Ended:
    """over: whether the time is over and it was decided; said: in one line, with the figures."""

    over: bool
    said: str


def ended(base: UserBase) -> Ended | None:
    """Decide on the challenger once its ``promote.shadow_days`` are over: it takes the champion's place unless it was
    worse, by the promotion test, on the users that both scored and whose windows have closed. None where there is none.

    Where no window has closed by then, what its training said decides. It stays challenger where both have scored no
    snapshot together, and withdraws where the configuration has changed since.
    """
    config = base.config
    standing = tracking.challenger(config) if config.promote.shadow_days else None
    champion = tracking.champion(config) if standing else None
    if standing is None or champion is None:
        return None
    name, most = standing.version.name, config.promote.shadow_days
    if standing.version.bundle.config_hash != config.model_hash():
        tracking.withdraw(config)
        return Ended(True, f"challenger {name} was withdrawn: it was trained for another configuration")
    days = days_between(standing.since, base.tables.observed_until, config.project.timezone)
    if days < most:
        return Ended(False, f"challenger {name} is watched beside champion {champion.name}, day {days:.0f} of {most:g}")
    try:
        both = watched(by_date(config.store_path), champion.name, name)
    except BadInput:  # no snapshot at all
        both = []
    if not both:
        return Ended(False, f"challenger {name} was scored beside champion {champion.name} in no snapshot yet")
    past = outcomes(base, both)
    good, why = True, "no window has closed yet, and its training's gate was passed"
    if past:
        good, why = beside(samples(past), CHALLENGER, CHAMPION, f"champion {champion.name}'s")
        windows = "one closed window" if len(past) == 1 else f"{len(past)} closed windows"
        why += f", on {sum(len(one.users) for one in past):,} scored users of {windows}"
    if good:
        promote(config, standing.version.number)
        return Ended(True, f"challenger {name} is now champion after {days:.0f} days: {why}")
    tracking.withdraw(config)
    return Ended(True, f"challenger {name} was withdrawn after {days:.0f} days: {why}")
