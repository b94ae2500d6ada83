"""What the API answers: one model of every answer, each naming the versions that made it."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from serving.scoring.columns import (
    COLUMNS,
    COUNTS,
    FLAG,
    JUDGED,
    NUMBER,
    POINTS,
    SCORES,
    TEXT,
    TEXTS,
    USER,
    WHOLE,
    WHY,
    Column,
    Kind,
)


def _null_first(schema: dict[str, Any]) -> None:
    """BentoML's client goes by the first of a field's types, and would look for the entries of a null."""
    schema["anyOf"].reverse()


class Json(JSONResponse):
    """An answer as JSON, written in a fifth of the time that Python's own writer takes."""

    def render(self, content: Any) -> bytes:
        try:
            return orjson.dumps(content)
        except TypeError:  # a whole number of more than 64 bits, as an unknown user's id may be
            return super().render(content)


class Reason(BaseModel):
    """A feature, its value (null where missing), a count's value in the window before (null where not known), and its
    contribution to the log-odds of churn; all that in words, the theme, and what to do about it (null where the reason
    does not raise the risk, or nothing helps)."""

    feature: str
    value: float | None
    before: float | None
    contribution: float
    text: str
    theme: str | None
    lever: str | None


class CurvePoint(BaseModel):
    """The probability of no activity in so many days, and that of having returned by then."""

    days: float
    churn_risk: float
    returned: float


LISTS: Mapping[Kind, Any] = {POINTS: list[CurvePoint], WHY: list[Reason], TEXTS: list[str], COUNTS: list[int]}
PLAIN: Mapping[Kind, Any] = {FLAG: bool, TEXT: str, NUMBER: float, WHOLE: int}


def _fields(answer: str) -> dict[str, Any]:
    """The annotations of the snapshot's columns that an answer has."""
    return {one.name: _annotation(one) for one in COLUMNS if one.answer == answer}


def _annotation(column: Column) -> Any:
    if column.kind in LISTS and column.null:
        kind = LISTS[column.kind] | None
        return Annotated[kind, Field(json_schema_extra=_null_first)]
    kind = int | str if column.name == "user_id" else (dict(PLAIN) | dict(LISTS))[column.kind]
    return kind | None if column.null else kind


class Scores(BaseModel):
    """What the model says of a user; see the snapshot's columns of the same names. Null where not eligible, or not
    asked for."""

    __annotations__ = _fields(SCORES)


class Judged(Scores):
    """A user who was scored, or not, and why not; and how much history that rests on."""

    __annotations__ = _fields(JUDGED)


class UserScores(Judged):
    """A user's row of the snapshot."""

    __annotations__ = _fields(USER)


class BadRow(BaseModel):
    """A row that was set aside: its table, its place in the user's list (from 0), why, and that in words."""

    table: str
    row: int
    code: str
    message: str


class PredictedUser(Judged):
    """A user scored from the rows sent, without those that were set aside. stage: null where the rules ask of earlier
    weeks what only the whole base tells."""

    stage: str | None
    bad_rows: list[BadRow]


class Made(BaseModel):
    """What made an answer: the model, the snapshot (null: none was there), and the as-of of the answer."""

    model_version: str
    snapshot: str | None
    as_of: str | None


class ScoreAnswer(Made):
    """Rows in the order asked for, and the ids that are not in the snapshot."""

    users: list[UserScores]
    unknown: list[int | str]


class FeaturesAnswer(Made):
    """One entry per row, in the same order. as_of is null: the features' own is the caller's to know."""

    rows: list[Scores]


class PredictAnswer(Made):
    """One entry per user, in the same order."""

    users: list[PredictedUser]


class UserAnswer(Made):
    """One user's row of the snapshot."""

    user: UserScores


class StageCount(BaseModel):
    """A lifecycle stage, what it is called in English and Chinese, and how many users are on it."""

    name: str
    en: str
    zh: str
    users: int


class StagesAnswer(Made):
    """The snapshot's users by stage, in the order of the stages, and how many of all were scored."""

    users: int
    eligible: int
    stages: list[StageCount]


class Move(BaseModel):
    """How many users were on one stage before and are on another; null: not in that snapshot."""

    before: str | None
    after: str | None
    users: int


class FlowAnswer(BaseModel):
    """Who went from which stage to which between two snapshots. Adds up to the users of both."""

    before: Made
    after: Made
    moves: list[Move]


class FeatureDescription(BaseModel):
    """A feature that the model takes: what it is, its unit, and what null means (or, of counts, that there is none)."""

    name: str
    text: bool
    meaning: str
    unit: str
    null: str | None


class AgreementAnswer(BaseModel):
    """How the challenger agrees with the champion over the users of the snapshot that is served: how many both scored,
    the rank correlation of the risks, the shares of users in the same risk band and stay tier, and both mean risks."""

    users: int
    rank: float | None
    same_band: float | None
    same_tier: float | None
    risk: float | None
    challenger_risk: float | None


class ChallengerAnswer(BaseModel):
    """The model that is scored beside the champion, since when, and, of windows that have closed since, what came of
    what both said, as the last `holdfast monitor` found it."""

    model_version: str
    since: str
    agreement: AgreementAnswer
    came: list[dict[str, Any]]


class ModelAnswer(BaseModel):
    """The model that predicts: what it is, how good it was at its test cutoffs, and what it takes, in order."""

    model_version: str
    kind: str
    run_id: str
    config_hash: str
    horizon_days: float
    curve_days: list[float]
    trained_on: dict[str, Any]
    metrics: dict[str, Any]
    warnings: list[str]
    card: str | None
    challenger: ChallengerAnswer | None
    features: list[FeatureDescription]
