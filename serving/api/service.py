"""The BentoML service: predictions by POST, reads by GET, on whatever is live."""

import os
from collections.abc import Callable
from typing import Any

import anyio
import bentoml
from starlette.responses import Response

from features.config import Api, load
from features.errors import BadInput
from serving.api.contract.errors import OneShape, Refused, unreadable
from serving.api.contract.requests import FeaturesRequest, PredictRequest, ScoreRequest
from serving.api.contract.responses import FeaturesAnswer, Json, PredictAnswer, ScoreAnswer
from serving.api.fast_path import Methods, Straight
from serving.api.guard import logs, metrics
from serving.api.guard.deadline import in_thread
from serving.api.guard.gateway import Door, rules
from serving.api.live import Live
from serving.api.routes import get_routes, snapshot_rows
from serving.api.runtime_patches import go_straight, settle
from serving.api.workers import options, threads

AT_ONCE = 2  # users, or rows of ready features
READS = get_routes.app()
API = load(os.environ["HOLDFAST_CONFIG"]).api if "HOLDFAST_CONFIG" in os.environ else Api()  # none: `bentoml build`


@bentoml.asgi_app(READS, path="/")
@bentoml.service(name="holdfast", **options(API))
class Holdfast:
    """Serves the champion of the registry and the newest snapshot. Every request takes what is live once."""

    def __init__(self) -> None:
        logs.configure()
        self.limiter = anyio.CapacityLimiter(threads(API))
        self.live = Live(load(os.environ["HOLDFAST_CONFIG"]))
        get_routes.attach(READS, self.live, self.limiter)
        taken = {"score": ScoreRequest, "predict": PredictRequest, "predict_features": FeaturesRequest}
        READS.state.methods = {f"/v1/{name}": (body, getattr(self, name)) for name, body in taken.items()}
        settle()

    @bentoml.on_shutdown
    def close(self) -> None:
        """Look for no new model any more."""
        self.live.close()

    @bentoml.api(route="/v1/score", input_spec=ScoreRequest, output_spec=ScoreAnswer)
    async def score(self, **request: Any) -> Any:
        """Rows of the current snapshot by user id."""
        current = self.live.current()

        def work() -> dict[str, Any]:
            wanted = list(dict.fromkeys(request["user_ids"]))
            found = snapshot_rows.users(current, wanted, request["lang"])
            metrics.UNKNOWN.inc(len(wanted) - len(found))
            metrics.scored("/v1/score", (row["churn_risk"] for row in found.values()))
            return snapshot_rows.made_snapshot(snapshot_rows.snapshot_of(current)) | {
                "users": [found[user] for user in wanted if user in found],
                "unknown": [user for user in wanted if user not in found],
            }

        return await self._answer(work, at_once=len(request["user_ids"]) <= AT_ONCE)

    @bentoml.api(route="/v1/predict", input_spec=PredictRequest, output_spec=PredictAnswer)
    async def predict(self, **request: Any) -> Any:
        """Scores and reasons for users with their raw rows, by the features that the model was trained on."""
        current = self.live.current()

        def work() -> dict[str, Any]:
            at, record = snapshot_rows.as_of(current, request["as_of"]), snapshot_rows.record(current)
            users = current.predictor.users(request["users"], at, record, request["lang"])
            metrics.scored("/v1/predict", (row["churn_risk"] for row in users))
            return snapshot_rows.made(current, at.isoformat()) | {"users": users}

        return await self._answer(work)

    @bentoml.api(route="/v1/predict_features", input_spec=FeaturesRequest, output_spec=FeaturesAnswer)
    async def predict_features(self, **request: Any) -> Any:
        """Scores and reasons for rows of ready features."""
        current = self.live.current()

        def work() -> dict[str, Any]:
            rows = current.predictor.rows(request["rows"], request["lang"], request["only"])
            metrics.scored("/v1/predict_features", (row["churn_risk"] for row in rows))
            metrics.unseen(current.model.bundle.encodings, request["rows"])
            return snapshot_rows.made(current, None) | {"rows": rows}

        return await self._answer(work, at_once=len(request["rows"]) <= AT_ONCE)

    async def _answer(self, work: Callable[[], dict[str, Any]], at_once: bool = False) -> Response:
        """What the work comes to, done in a thread beside the loop; a refusal in the one shape.

        at_once: work of under a millisecond, which goes to no thread: to wait for one would take longer.
        """
        try:
            return Json(work() if at_once else await in_thread(work, self.limiter))
        except Refused as refused:
            return refused.problem.response()
        except BadInput as error:
            return unreadable(error).response()


def _ready() -> tuple[bool, dict[str, Any]]:
    live: Live | None = getattr(READS.state, "live", None)
    return live.ready() if live else (False, {})


def _methods() -> Methods:
    return getattr(READS.state, "methods", {})


go_straight()
# The decorator made a service of the class. What is added first sees a request first.
Holdfast.add_asgi_middleware(Door, rules=lambda: rules(API), ready=_ready)  # type: ignore[attr-defined]
Holdfast.add_asgi_middleware(OneShape)  # type: ignore[attr-defined]
Holdfast.add_asgi_middleware(Straight, methods=_methods)  # type: ignore[attr-defined]
