"""A play: whom it takes, what it offers by which channels, what it costs, and how it is to be proven."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from features.config.operations.contact import Name, day
from features.config.operations.named import plain
from features.config.sections import Condition

MOST = 62  # plays of a playbook: matches are bits of a whole number
Rank = Literal["auto", "value_at_stake", "churn_risk", "uplift"]


class PlaySetting(Condition):
    name: Name = Field(description="Name of the play. Its arms go by it: another name draws other arms.")
    en: str = Field("", description="Its name in English. Default: its name.")
    zh: str = Field("", description="Its name in Chinese. Default: its name.")
    segment: str | None = Field(None, description="The segment that it is for, beside all and any.")
    entered: bool = Field(False, description="Whether only users are taken whom the last approved run did not match.")
    offer: str = Field("", description="What is offered: a code, or users.NAME, a column with each user's own code.")
    kind: Literal["promotion", "service", "care"] = Field("promotion", description="What sort of message it is.")
    channels: list[Name] = Field(min_length=1, description="Channels in order: the first that may reach the user.")
    cost: float = Field(0, ge=0, le=1_000_000, description="Of the offer for one user, beside the channel's cost.")
    budget: float | None = Field(None, gt=0, description="What a run may spend on it.")
    most: int | None = Field(None, ge=1, description="Users that a run may treat at most.")
    holdout: float = Field(0.1, ge=0, lt=1, description="Share that is matched and not written to, as proof.")
    verify: bool = Field(True, description="Whether it is to be proven; a holdout of 0 needs false.")
    cooldown_days: int | None = Field(
        None, ge=0, le=3650, description="Days until it may take a user again. Default: contact.cooldown_days."
    )
    goal: str = Field("churn", description="What it is to change: churn, value, or a stage move 'lapsed_1 -> active'.")
    save_rate: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Share of the value at stake that it is expected to save, until verification knows. Without one, "
        "nobody is not worth it.",
    )
    rank: Rank = Field(
        "auto",
        description="Who goes first where the budget ends. auto and uplift: by the gain, with the uplift of each user "
        "that `holdfast verify` learned (auto: from 2,000 users on), else with the save rates it found, where enough "
        "users told them.",
    )
    until: str | None = Field(None, description="Last day of the play.")

    @field_validator("until", mode="before")
    @classmethod
    def text(cls, value: Any) -> Any:
        return plain(value)

    @field_validator("until")
    @classmethod
    def a_day(cls, value: str | None) -> str | None:
        if value is not None:
            day(value)
        return value

    @model_validator(mode="after")
    def can_be_proven(self) -> "PlaySetting":
        if self.verify and not self.holdout:
            raise ValueError(f"play '{self.name}': a holdout of 0 proves nothing; give it a share, or verify = false")
        if self.cost and self.budget is None:
            raise ValueError(f"play '{self.name}': it costs {self.cost:g} a user and has no budget; give it one")
        if len(set(self.channels)) < len(self.channels):
            raise ValueError(f"play '{self.name}': a channel stands twice in {self.channels}; name each once")
        return self
