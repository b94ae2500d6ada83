"""What the API takes and gives: strict, no field more than there is, no infinity, no number as text."""

import types
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Annotated, Any, Literal, Required

from _bentoml_sdk.io_models import IODescriptor
from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError
from starlette.requests import Request
from typing_extensions import TypedDict

from features.catalogue.input_tables import OF_USERS, Contract
from serving.api.contract.bounds import TOO_DEEP, opened
from serving.api.contract.errors import KEY, Refused, of_validation
from serving.scoring.phrase import Lang

MOST, MOST_ROWS = 1000, 10_000  # users or rows of ready features of one request; raw rows of one user in one table
STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
UserId = Annotated[int, Field(strict=True)] | Annotated[str, Field(strict=True, max_length=65_536)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True, max_length=200)]
Instant = Annotated[str, Field(strict=True, max_length=40, examples=["2026-01-31T12:00:00Z"])]
Language = Annotated[Lang, Field(description="The language that reasons are worded in.")]


class Body(IODescriptor):
    """A request's body. It is read as JSON whatever its content type says: nothing is ever unpickled."""

    model_config = STRICT

    @classmethod
    def read(cls, body: bytes) -> dict[str, Any]:
        """The fields of a body. Raises Refused for one that does not fit, naming field and row of its first error: one
        beyond the bounds, or one whose lists would be wrong a million times, is not looked at any further."""
        values = opened(body)
        return cls.fields(body) if values is None else cls._fits(cls.model_validate, values)

    @classmethod
    def fields(cls, body: bytes) -> dict[str, Any]:
        """The same of a body whose bounds were looked at before."""
        return cls._fits(cls.model_validate_json, body)

    @classmethod
    def _fits(cls, validate: Callable[[Any], BaseModel], given: Any) -> dict[str, Any]:
        try:
            return validate(given).__dict__
        except ValidationError as error:
            problem = of_validation(error, _names(cls))  # type: ignore[arg-type]  # a class can be hashed
            raise Refused(TOO_DEEP if "recursion limit" in problem.message else problem) from None

    @classmethod
    async def from_http_request(cls, request: Request, serde: Any) -> Any:
        """The same for BentoML: not the model, which it would ask for its fields in a way that Pydantic warns of."""
        try:
            fields = cls.read(await request.body())
            return SimpleNamespace(model_fields=tuple(fields), **fields)
        except Refused as refused:
            request.scope[KEY] = refused.problem
            raise


@cache
def _names(model: type[BaseModel]) -> set[str]:
    """The names of all fields of a model and of those within."""
    schema = model.model_json_schema()
    models = [schema, *schema.get("$defs", {}).values()]
    return {name for one in models for name in one.get("properties", ())}


class ScoreRequest(Body):
    """Users whose rows of the snapshot are wanted."""

    user_ids: Annotated[list[UserId], FailFast()] = Field(min_length=1, max_length=MOST, examples=[[1, 2]])
    lang: Language = "en"


Row = Annotated[dict[str, Number | Text | None], FailFast()]


class FeaturesRequest(Body):
    """Rows of ready features by name; null or left out where missing is not the same: every feature must be named."""

    rows: Annotated[list[Row], FailFast()] = Field(min_length=1, max_length=MOST)
    only: Literal["churn_risk"] | None = Field(
        None,
        description="Work out the churn risk alone, with its band and percentile, in half the time; the rest is null.",
    )
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
    tables = {name: Annotated[list.__class_getitem__(_row(one)), most, FailFast()] for name, one in OF_USERS.items()}
    fields = {"user_id": Required[UserId]} | tables
    return _typed_dict("RawUser", "A user and what is known of them, by table.", fields)


def _typed_dict(name: str, meaning: str, fields: dict[str, Any]) -> Any:
    """A dictionary with these keys and no others, as Pydantic checks it: cheaper than a model, of which there may be
    100,000."""
    made = types.new_class(name, (TypedDict,), {"total": False}, lambda body: body.update(__annotations__=fields))
    made.__pydantic_config__, made.__doc__ = STRICT, meaning  # type: ignore[attr-defined]
    return made


class PredictRequest(Body):
    """Users with their raw rows, as in the tables that models are trained on (docs/reference/tables.md)."""

    users: Annotated[list[_user()], FailFast()] = Field(min_length=1, max_length=MOST)  # type: ignore[valid-type]
    as_of: Instant | None = Field(None, description="The cutoff: only rows before it count. Default: now.")
    lang: Language = "en"
