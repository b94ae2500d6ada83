"""The date that a person asks for: no later than now, and with a word of warning where the logs end before it."""

from datetime import datetime, timedelta

from features.catalogue.feature import step_days
from features.engine.duckdb_session import utc
from features.errors import BadInput
from features.tables.log_ends import parse_time


def read_date(text: str, zone: str, option: str, now: datetime | None = None) -> datetime:
    """A cutoff from the command line as a UTC time without a zone; ``now`` likewise, default: the clock.

    Raises BadInput, naming the option, for what is no date and for one later than now: nobody knows its past yet.
    """
    at = parse_time(text, zone, option)
    if at > (now or utc(datetime.now().astimezone())):
        raise BadInput(f"{option}: '{text}' is later than now, so its past is not known yet; name a date up to today")
    return at


def unobserved(at: datetime, until: datetime, horizon: float) -> str:
    """What to tell of a date more than a step (a day; an hour where the horizon, in days, is under 14) after the end of
    the logs; empty where it is not."""
    if at - until <= timedelta(days=step_days(horizon)):
        return ""
    silent = f"{(at - until) / timedelta(days=1):,.1f}".removesuffix(".0")
    return (
        f"note: {at:%Y-%m-%d %H:%M} is {silent} days after the logs end; everybody counts as silent in them, though "
        "nobody was observed"
    )
