"""What rules may name: segments, tags, calendar days, levels, the rate of points; and the team's goals."""

from datetime import date
from typing import Any

from pydantic import Field, field_validator, model_validator

from features.config.operations.contact import Name, Span, UsersColumn, day
from features.config.section import Section
from features.config.sections import Condition


def plain(value: Any) -> Any:
    """TOML has dates of its own, written without quotes."""
    return value.isoformat() if isinstance(value, date) else value


class SegmentSetting(Condition):
    name: Name = Field(description="Name of the segment; rules ask segment:NAME == true.")
    zh: str = Field("", description="Its name in Chinese. Default: its name.")


class TagSetting(Section):
    name: str = Field(pattern=r"^[A-Za-z0-9][\w:-]*$", max_length=60, description="Name; rules ask tag:NAME == true.")
    group: str = Field("", description="Group of tags that it is synced into.")
    segment: str = Field(description="The segment whose users have it.")
    zh: str = Field("", description="Its name in Chinese. Default: its name.")


class CalendarSetting(Section):
    name: Name = Field(description="Name of the day; rules ask calendar:NAME == true, or days_to:NAME <= 7.")
    column: UsersColumn | None = Field(
        None, description="Column of users whose day of the year it is, as users.birthday."
    )
    dates: list[str] = Field(default=[], description="Or its dates, for festivals that move.")
    days_before: int = Field(0, ge=0, le=364, description="It counts from so many days before on.")
    zh: str = Field("", description="Its name in Chinese. Default: its name.")

    @field_validator("dates", mode="before")
    @classmethod
    def text(cls, value: Any) -> Any:
        return [plain(one) for one in value] if isinstance(value, list) else value

    @model_validator(mode="after")
    def one_of_both(self) -> "CalendarSetting":
        if bool(self.column) == bool(self.dates):
            raise ValueError("give either a column or dates, not both and not neither")
        for one in self.dates:
            day(one)
        return self


class Points(Section):
    per_currency: float = Field(100, gt=0, description="So many points are worth 1 of the currency.")
    expire_days: Span | None = Field(None, description="Points expire after so many days. Default: never.")


class LevelSetting(Section):
    name: Name = Field(description="Name of the level.")
    zh: str = Field("", description="Its name in Chinese. Default: its name.")
    least: float = Field(description="The measure from which users are on it.")
    measure: str = Field(description="The feature that is looked at, such as points_earned_365d.")
    keep_days: Span = Field(365, description="Days that a level is kept after the measure was last high enough.")
    perks: list[str] = Field(default=[], description="What comes with it, in words.")


class GoalSetting(Section):
    name: str = Field(min_length=1, max_length=80, description="Name of the goal.")
    zh: str = Field("", description="Its name in Chinese. Default: its name.")
    metric: str = Field(min_length=1, description="What is measured, such as share:healthy.")
    target: float = Field(description="What it is to reach.")
    by: str = Field(description="Until which day.")
    lower: bool = Field(
        False, description="Whether less is better, as of churn risk: it is reached at or below the target."
    )

    @field_validator("by", mode="before")
    @classmethod
    def text(cls, value: Any) -> Any:
        return plain(value)

    @field_validator("by")
    @classmethod
    def a_day(cls, value: str) -> str:
        day(value)
        return value
