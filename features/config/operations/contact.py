"""The contact policy: who may be written to, by which channel, when and how often. One for all plays."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from features.config.section import Section


def users_column(text: str) -> str:
    """A column of the users table, written ``users.NAME``."""
    if not re.fullmatch(r"users\.[A-Za-z_]\w*", text):
        raise ValueError(f"'{text}' is no column of users; write it as 'users.consent_sms'")
    return text


UsersColumn = Annotated[str, AfterValidator(users_column)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w-]*$", max_length=60)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Span = Annotated[int, Field(ge=1, le=3650)]


class Cap(Section):
    messages: int = Field(ge=1, description="Messages at most.")
    days: Span = Field(description="In so many calendar days of the user's, today among them.")


class QuietHours(Section):
    start: Clock = Field(alias="from", description="Local time from which nobody is written to.")
    end: Clock = Field(alias="to", description="Local time from which people are written to again.")

    @model_validator(mode="after")
    def leaves_time(self) -> "QuietHours":
        if self.start == self.end:
            raise ValueError(f"from {self.start} to {self.end} leaves no time or takes none; take the line out")
        return self


class OwnUsage(Section):
    share: float = Field(0.5, gt=0, le=10, description="At most so many messages per active day of the user.")
    days: Span = Field(30, description="Active days and messages of so many days.")
    least: int = Field(1, ge=0, description="Though so many are always allowed.")
    most: int = Field(4, ge=1, description="And never more than so many.")

    @model_validator(mode="after")
    def fits(self) -> "OwnUsage":
        if self.least > self.most:
            raise ValueError(f"least {self.least} is more than most {self.most}; lower it")
        return self


class Channel(Section):
    consent: UsersColumn | None = Field(
        None, description="Column, yes or no, that allows this channel; null is no. Default: contact.consent."
    )
    id: UsersColumn | None = Field(
        None,
        description="Column with what an export carries: an id or a hash, never a number or an address. A user without "
        "one cannot be reached. Default: the user id.",
    )
    sender: UsersColumn | None = Field(None, description="Column with whose customer a user is: lists are split by it.")
    cost: float = Field(0, ge=0, le=1_000_000, description="Of one message, in the currency of value.")
    max: list[Cap] = Field(default=[], description="Caps of this channel, beside those of all.")
    batch: int = Field(1000, ge=1, le=10_000, description="Users in one file or call of an export.")


class Contact(Section):
    consent: UsersColumn = Field(
        "users.consent_marketing", description="Column, yes or no, that allows to write to a user; null is no."
    )
    timezone: UsersColumn = Field(
        "users.timezone", description="Column with a user's time zone; where there is none, project.timezone."
    )
    quiet_hours: QuietHours | None = Field(
        None, description="Local hours without messages: lists carry send_after and send_before."
    )
    max: list[Cap] = Field(default=[], description="Caps over all channels.")
    own_usage: OwnUsage | None = Field(None, description="A cap by how often users come themselves.")
    cooldown_days: int = Field(
        30, ge=0, le=3650, description="Days until the same play may take a user again, if the play does not say."
    )
    global_holdout: float = Field(0.05, ge=0, le=0.5, description="Share of users that are in no play at all.")
    epoch: str = Field("1", pattern=r"^[\w.-]+$", description="Holdouts are drawn anew when this changes.")
    blackout: list[str] = Field(
        default=[], description="Days without messages, as '2026-02-16/2026-02-18' or '2026-02-16'."
    )
    channels: dict[Name, Channel] = Field(default={}, description="The channels by name.")

    @field_validator("blackout", mode="before")
    @classmethod
    def text(cls, value: Any) -> Any:
        """TOML has dates of its own, written without quotes."""
        return (
            [one.isoformat() if isinstance(one, date) else one for one in value] if isinstance(value, list) else value
        )

    @field_validator("channels")
    @classmethod
    def apart(cls, value: dict[str, Channel]) -> dict[str, Channel]:
        """In SQL, names that differ by case alone are one: the consent to one channel would be that to the other."""
        for name in value:
            if alike := [other for other in value if other != name and other.lower() == name.lower()]:
                raise ValueError(f"'{name}' and '{alike[0]}' differ by case alone; rename one")
        return value

    @field_validator("blackout")
    @classmethod
    def spans(cls, value: list[str]) -> list[str]:
        for one in value:
            begin, end = span(one)
            if end < begin:
                raise ValueError(f"'{one}' ends before it begins; swap its days")
        return value

    @property
    def blackouts(self) -> list[tuple[date, date]]:
        """First and last day of each."""
        return [span(one) for one in self.blackout]


def span(text: str) -> tuple[date, date]:
    """First and last day of '2026-02-16/2026-02-18'."""
    first, slash, last = text.partition("/")
    return day(first), day(last) if slash else day(first)


def day(text: str) -> date:
    """A date written 2026-02-16; raises ValueError with the cure."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no day; write it as '2026-02-16'") from None
