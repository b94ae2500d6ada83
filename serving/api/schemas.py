"""What the API takes and gives: strict, no field more than there is, no infinity, no number as text."""

from typing import Annotated, Any, ClassVar, Self

from _bentoml_sdk.io_models import IODescriptor
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from serving.api.errors import KEY, Refused, of_validation
from serving.phrases import Lang

MOST = 1000  # users or rows of one request
UserId = Annotated[int, Field(strict=True)] | Annotated[str, Field(strict=True, max_length=200)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True, max_length=200)]
Language = Annotated[Lang, Field(description="The language that reasons are worded in.")]


class Body(IODescriptor):
    """A request's body. It is read as JSON whatever its content type says: nothing is ever unpickled."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    known: ClassVar[frozenset[str]] = frozenset()

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


class UserScores(Scores):
    """A user's row of the snapshot."""

    user_id: int | str
    eligible: bool
    reason_not_eligible: str | None
    stage: str | None


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


class ScoreRequest(Body):
    """Users whose rows of the snapshot are wanted."""

    user_ids: list[UserId] = Field(min_length=1, max_length=MOST, examples=[[1, 2]])
    lang: Language = "en"


class FeaturesRequest(Body):
    """Rows of ready features by name; null or left out where missing is not the same: every feature must be named."""

    rows: list[dict[str, Number | Text | None]] = Field(min_length=1, max_length=MOST)
    lang: Language = "en"
