"""The BentoML service: rows of the current snapshot by user id, and scores for rows of ready features."""

import logging
import os
from typing import Annotated, Any

import bentoml
import pyarrow as pa
from bentoml.exceptions import InvalidArgument, ServiceUnavailable
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.config import load
from features.engine import threads
from features.errors import BadInput
from serving.batch.snapshot import latest
from serving.phrases import Lang
from serving.scorer import judge
from serving.wording import Words
from training.tracking import champion

MOST = 1000
UserId = Annotated[int, Field(strict=True)] | Annotated[str, Field(strict=True, max_length=200)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True, max_length=200)]

LANG = Field(description="The language that reasons are worded in.")


class WithoutValues(logging.Filter):
    """Keeps what was sent in a refused request out of the log: a traceback quotes it, and it may be personal."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], ValidationError | InvalidArgument):
            record.msg, record.exc_info = f"{record.msg}: refused, 400", None
        return True


logging.getLogger("bentoml._internal.server.http_app").addFilter(WithoutValues())


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


class ScoreAnswer(BaseModel):
    """Rows in the order asked for, the ids that are not in the snapshot, and what made the rows."""

    users: list[UserScores]
    unknown: list[int | str]
    as_of: str
    snapshot: str
    model_version: str


class PredictAnswer(BaseModel):
    """One entry per row, in the same order, and the model that made them."""

    rows: list[Scores]
    model_version: str


class ScoreRequest(BaseModel):
    """Users whose rows are wanted."""

    model_config = ConfigDict(extra="forbid")
    user_ids: list[UserId] = Field(min_length=1, max_length=MOST, examples=[[1, 2]])
    lang: Annotated[Lang, LANG] = "en"


class FeaturesRequest(BaseModel):
    """Rows of ready features by name; null or left out where missing is not the same: every feature must be named."""

    model_config = ConfigDict(extra="forbid")
    rows: list[dict[str, Number | Text | None]] = Field(min_length=1, max_length=MOST)
    lang: Annotated[Lang, LANG] = "en"


@bentoml.service(name="holdfast", workers=1, traffic={"timeout": 30})
class Holdfast:
    """Serves the champion of the registry, read at start, and the newest snapshot, read at every request."""

    def __init__(self) -> None:
        config = load(os.environ["HOLDFAST_CONFIG"])
        model = champion(config)
        if model is None:
            raise BadInput(f"{config.file.name}: no champion in the registry; run 'holdfast train'")
        self.model, self.config = model, config
        self.threads = threads(config)

    @bentoml.api(route="/v1/score", input_spec=ScoreRequest)
    def score(self, **request: Any) -> ScoreAnswer:
        """Rows of the current snapshot by user id."""
        wanted = list(dict.fromkeys(request["user_ids"]))
        try:
            snapshot = latest(self.config.store_path)
        except BadInput as error:
            raise ServiceUnavailable("no snapshot yet; make one with 'holdfast score'") from error
        kind = snapshot.dataset().schema.field("user_id").type
        fitting = [user for user in wanted if isinstance(user, int) == pa.types.is_integer(kind)]
        fitting = [user for user in fitting if isinstance(user, str) or -(2**63) <= user < 2**63]
        words = self._words(request)
        found = {
            row["user_id"]: row | {"reasons": words.told(row["reasons"])}
            for row in snapshot.look_up(fitting).to_pylist()
        }
        return ScoreAnswer(
            users=[
                # get: a snapshot made by an older Holdfast lacks some columns
                UserScores(**{name: found[user].get(name) for name in UserScores.model_fields})
                for user in wanted
                if user in found
            ],
            unknown=[user for user in wanted if user not in found],
            as_of=snapshot.manifest["as_of"],
            snapshot=snapshot.run_id,
            model_version=snapshot.manifest["model_version"],
        )

    @bentoml.api(route="/v1/predict_features", input_spec=FeaturesRequest)
    def predict_features(self, **request: Any) -> PredictAnswer:
        """Scores and reasons for rows of ready features."""
        rows, names, texts = request["rows"], self.model.bundle.features, self.model.bundle.encodings
        for index, row in enumerate(rows):
            if missing := [name for name in names if name not in row]:
                what = f"rows[{index}]: {len(missing)} features missing, first '{missing[0]}'"
                raise InvalidArgument(f"{what}; name them all, null where unknown")
            for name in names:
                if row[name] is not None and isinstance(row[name], str) != (name in texts):
                    due = "text" if name in texts else "a number"
                    raise InvalidArgument(f"rows[{index}].{name}: not {due}; send {due} or null")
        kinds = {name: pa.string() if name in texts else pa.float64() for name in names}
        table = pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()})
        scores, words = pa.table(judge(self.model.bundle, table, self.threads)).to_pylist(), self._words(request)
        for score, row in zip(scores, rows, strict=True):
            numbers = {name: row[name] for name in names if name not in texts}
            score["reasons"] = words.told(score["reasons"], numbers)
        return PredictAnswer(rows=[Scores(**score) for score in scores], model_version=self.model.name)

    def _words(self, request: dict[str, Any]) -> Words:
        return Words(request["lang"], tuple(self.config.churn.activity))
