"""What the API takes and gives: strict, no field more than there is, no infinity, no number as text."""

import types
from typing import Annotated, Any, Required, Self

from _bentoml_sdk.io_models import IODescriptor
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from typing_extensions import TypedDict

from features.tables import CONTRACTS, Contract
from serving.api.errors import KEY, Refused, of_validation
from serving.phrases import Lang

MOST, MOST_ROWS = 1000, 10_000  # users or rows of ready features of one request; raw rows of one user in one table
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
UserId = Annotated[int, Field(strict=True)] | Annotated[str, Field(strict=True, max_length=200)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True, max_length=200)]
Instant = Annotated[str, Field(strict=True, max_length=40, examples=["2026-01-31T12:00:00Z"])]
Language = Annotated[Lang, Field(description="The language that reasons are worded in.")]


class Body(IODescriptor):
    """A request's body. It is read as JSON whatever its content type says: nothing is ever unpickled."""

    model_config = STRICT

    @classmethod
    async def from_http_request(cls, request: Request, serde: Any) -> Self:
        """The body as this model; raises Refused, naming field and row, for one that does not fit."""
        try:
            return cls.model_validate_json(await request.body())
        except ValidationError as error:
            request.scope[KEY] = of_validation(error, _names(cls))
            raise Refused(request.scope[KEY]) from None


def _names(model: type[BaseModel]) -> set[str]:
    """The names of all fields of a model and of those within."""
    schema = model.model_json_schema()
    models = [schema, *schema.get("$defs", {}).values()]
    return {name for one in models for name in one.get("properties", ())}


def _null_first(schema: dict[str, Any]) -> None:
    """BentoML's client goes by the first of a field's types, and would look for the entries of a null."""
    schema["anyOf"].reverse()


class Reason(BaseModel):
    """A feature, its value (null where missing), its contribution to the log-odds of churn, and all that in words."""

    feature: str
    value: float | None
    contribution: float
    text: str


class CurvePoint(BaseModel):
    """The probability of no activity in so many days, and that of having returned by then."""

    days: float
    churn_risk: float
    returned: float


class Scores(BaseModel):
    """What the model says of a user; see the snapshot's columns of the same names. Null where not eligible."""

    churn_risk: float | None
    risk_band: str | None
    risk_percentile: float | None
    expected_value: float | None
    value_rank: float | None
    value_tier: str | None
    value_at_stake: float | None
    churn_curve: Annotated[list[CurvePoint] | None, Field(json_schema_extra=_null_first)]
    lifetime_days: float | None
    lifetime_value: float | None
    lifetime_value_low: float | None
    lifetime_value_high: float | None
    reasons: Annotated[list[Reason] | None, Field(json_schema_extra=_null_first)]


class Judged(Scores):
    """A user who was scored, or not, and why not; and how much history that rests on."""

    user_id: int | str
    eligible: bool
    reason_not_eligible: str | None
    history_days: float | None
    active_days: int | None


class UserScores(Judged):
    """A user's row of the snapshot."""

    stage: str | None


class BadRow(BaseModel):
    """A row that was set aside: its table, its place in the user's list (from 0), why, and that in words."""

    table: str
    row: int
    code: str
    message: str


class PredictedUser(Judged):
    """A user scored from the rows sent, without those that were set aside."""

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


class ScoreRequest(Body):
    """Users whose rows of the snapshot are wanted."""

    user_ids: list[UserId] = Field(min_length=1, max_length=MOST, examples=[[1, 2]])
    lang: Language = "en"


class FeaturesRequest(Body):
    """Rows of ready features by name; null or left out where missing is not the same: every feature must be named."""

    rows: list[dict[str, Number | Text | None]] = Field(min_length=1, max_length=MOST)
    lang: Language = "en"


def _row(contract: Contract) -> Any:
    """A row of a table: the columns of its contract but the user. None is needed: what lacks is told of the row."""
    kinds: dict[str, Any] = {"money": Number, "number": Number, "flag": Annotated[bool, Field(strict=True)]}
    columns = {
        column.name: Annotated[
            kinds.get(column.kind, Instant if column.kind in ("time", "date") else Text) | None,
            Field(description=f"{column.unit}; null: {column.null}"),
        ]
        for column in contract.columns
        if column.kind != "user"
    }
    return _typed_dict(f"{contract.name.capitalize()}Row", contract.meaning, columns)


def _user() -> Any:
    """A user with raw rows by table."""
    most = Field(max_length=MOST_ROWS)
    tables = {name: Annotated[list.__class_getitem__(_row(one)), most] for name, one in CONTRACTS.items()}
    fields = {"user_id": Required[UserId]} | tables
    return _typed_dict("RawUser", "A user and what is known of them, by table.", fields)


def _typed_dict(name: str, meaning: str, fields: dict[str, Any]) -> Any:
    """A dictionary with these keys and no others, as Pydantic checks it: cheaper than a model, of which there may be
    100,000."""
    made = types.new_class(name, (TypedDict,), {"total": False}, lambda body: body.update(__annotations__=fields))
    made.__pydantic_config__, made.__doc__ = STRICT, meaning  # type: ignore[attr-defined]
    return made


class PredictRequest(Body):
    """Users with their raw rows, as in the tables that models are trained on (docs/tables.md)."""

    users: list[_user()] = Field(min_length=1, max_length=MOST)  # type: ignore[valid-type]
    as_of: Instant | None = Field(None, description="The cutoff: only rows before it count. Default: now.")
    lang: Language = "en"
