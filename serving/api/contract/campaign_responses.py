"""What the API answers about campaigns: runs in numbers, and what one user may be sent."""

from typing import Literal

from pydantic import BaseModel

Standing = Literal["draft", "approved", "exported", "cancelled"]


class CampaignSummary(BaseModel):
    """A run: how many plays it has, how many users they matched, each once, and of those are to be written to and held
    back as proof; its cost in the currency of value; and where it stands."""

    run: str
    as_of: str
    planned_by: str
    standing: Standing
    plays: int
    matched: int
    treated: int
    held_back: int
    cost: float


class CampaignsAnswer(BaseModel):
    """The runs, the newest first."""

    campaigns: list[CampaignSummary]


class Decided(BaseModel):
    """Who decided it, and when, in UTC."""

    by: str
    at: str


class Both(BaseModel):
    """What a person is told, in English and in Chinese."""

    en: str
    zh: str


class Ranked(BaseModel):
    """What a play's users are ordered by where its budget ends, and why by that."""

    by: str
    why: Both
    test: int | None = None


class PlayReport(BaseModel):
    """A play, what it is called in English and Chinese, the users that it matched and how many met which fate, which
    add up; its cost, its order and its budget (null: none)."""

    name: str
    en: str
    zh: str
    matched: int
    fates: dict[str, int]
    cost: float
    rank: Ranked
    budget: float | None


class Everybody(BaseModel):
    """The users that any play matched, each once, and their fates, which add up."""

    matched: int
    fates: dict[str, int]


class CampaignAnswer(BaseModel):
    """The report of a run: plays by priority, those that had ended before it, what a person should know; who approved
    and who cancelled it (null: nobody), and the plays whose lists were exported."""

    run: str
    as_of: str
    snapshot: str
    planned_by: str
    standing: Standing
    approved: Decided | None
    cancelled: Decided | None
    exported: list[str]
    plays: list[PlayReport]
    users: Everybody
    cost: float
    ended: list[str]
    notes: list[Both]


class Fate(BaseModel):
    """What became of a user in a play that matched them: an arm or a reason, as a name and in words; the channel where
    the play took them; the play's last day (null: none)."""

    play: str
    called: str
    fate: str
    text: str
    channel: str | None
    until: str | None


class ContactAnswer(BaseModel):
    """What a run decided about a user: the play, the arm, treatment or holdout, and the channel, or the reason why not,
    as a name and in words; when the user's quiet hours let them be written to, in UTC; and the fates in every play that
    matched them. All null where none did. global_holdout: see HoldoutAnswer. Nobody should be written to by a run that
    is a draft or cancelled, who is held out, or after the play's last day."""

    user_id: int | str
    run: str
    as_of: str
    standing: Standing
    play: str | None
    arm: Literal["treatment", "holdout"] | None
    channel: str | None
    send_after: str | None
    send_before: str | None
    reason: str | None
    reason_text: str | None
    fates: list[Fate]
    global_holdout: bool


class HoldoutAnswer(BaseModel):
    """Whether the user is in no play at all, by the settings that are served: the share of users who are, drawn anew
    only when the epoch changes. The id alone decides it, whether or not anybody has it."""

    user_id: int | str
    global_holdout: bool
    share: float
    epoch: str
