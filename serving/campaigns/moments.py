"""When users may be written to: by time zone the day, the hours that are not quiet, and where windows of days begin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from features.config.operations.contact import Contact

BLANK = ""  # the zone of users without one, or with one that is none: the project's


@dataclass(frozen=True)
class Moments:
    """For the users of a zone: the local ``day`` on which a message comes, ``send_after`` and ``send_before`` (UTC,
    without a zone; None: no quiet hours), whether the day is a ``blackout``, and ``starts``: for each number of days,
    the instant (UTC) at which so many calendar days begin, that day the last of them."""

    zone: str
    day: date
    send_after: datetime | None
    send_before: datetime | None
    blackout: bool
    starts: dict[int, datetime]


def moments(
    contact: Contact, as_of: datetime, zones: Iterable[str], project: str, windows: Iterable[int]
) -> list[Moments]:
    """What holds in each zone, BLANK among them, for a run as of a time (UTC, without a zone).

    A text that names no zone counts as the project's, so it is left out here.
    """
    known = available_timezones()
    wanted = sorted({zone for zone in zones if zone in known} | {BLANK})
    return [_in_zone(contact, as_of, zone, project, sorted(set(windows))) for zone in wanted]


def _in_zone(contact: Contact, as_of: datetime, zone: str, project: str, windows: list[int]) -> Moments:
    here = ZoneInfo(zone or project)
    local = as_of.replace(tzinfo=UTC).astimezone(here)
    after, before = _open_hours(contact, local)
    day = after.date() if after else local.date()
    starts = {days: _utc(datetime.combine(day - timedelta(days=days - 1), time(), here)) for days in windows}
    blackout = any(first <= day <= last for first, last in contact.blackouts)
    return Moments(zone, day, after and _utc(after), before and _utc(before), blackout, starts)


def _open_hours(contact: Contact, local: datetime) -> tuple[datetime | None, datetime | None]:
    """The next hours that are not quiet: from when, until when; those that have begun already begin now."""
    if contact.quiet_hours is None:
        return None, None
    quiet, open_ = time.fromisoformat(contact.quiet_hours.start), time.fromisoformat(contact.quiet_hours.end)
    zone = local.tzinfo
    for day in (local.date() + timedelta(days=shift) for shift in (-1, 0, 1, 2)):
        begin = max(_both(day, open_, zone), key=_utc)
        end = min(_both(day + timedelta(days=quiet <= open_), quiet, zone), key=_utc)
        begin = max(begin, local, key=_utc)  # of one zone, Python would compare the clocks, which say some hours twice
        if _utc(begin) < _utc(end):
            return begin, end
    raise AssertionError("every day has hours that are not quiet")


def _both(day: date, clock: time, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """When the clock shows this. Where it does twice, both; where it is put forward over it, as either offset has it:
    quiet hours end at the later and begin at the earlier."""
    return datetime.combine(day, clock, zone), datetime.combine(day, clock.replace(fold=1), zone)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
