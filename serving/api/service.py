"""The BentoML service: predictions by POST, reads by GET, on whatever is live."""

import os
from collections.abc import Callable
from typing import Any

import anyio.to_thread
import bentoml
from starlette.responses import JSONResponse, Response

from features.config import load
from serving.api import answers, reads
from serving.api.errors import OneShape, Refused
from serving.api.live import Live
from serving.api.schemas import FeaturesAnswer, FeaturesRequest, ScoreAnswer, ScoreRequest

READS = reads.app()


@bentoml.asgi_app(READS, path="/")
@bentoml.service(name="holdfast", workers=1, traffic={"timeout": 30})
class Holdfast:
    """Serves the champion of the registry and the newest snapshot. Every request takes what is live once."""

    def __init__(self) -> None:
        self.live = Live(load(os.environ["HOLDFAST_CONFIG"]))
        reads.attach(READS, self.live)

    @bentoml.api(route="/v1/score", input_spec=ScoreRequest, output_spec=ScoreAnswer)
    async def score(self, **request: Any) -> Any:
        """Rows of the current snapshot by user id."""
        current = self.live.current()

        def work() -> dict[str, Any]:
            wanted = list(dict.fromkeys(request["user_ids"]))
            found = answers.users(current, wanted, request["lang"])
            return answers.made_snapshot(answers.snapshot_of(current)) | {
                "users": [found[user] for user in wanted if user in found],
                "unknown": [user for user in wanted if user not in found],
            }

        return await _answer(work)

    @bentoml.api(route="/v1/predict_features", input_spec=FeaturesRequest, output_spec=FeaturesAnswer)
    async def predict_features(self, **request: Any) -> Any:
        """Scores and reasons for rows of ready features."""
        current = self.live.current()

        def work() -> dict[str, Any]:
            rows = current.predictor.rows(request["rows"], request["lang"])
            return answers.made(current, None) | {"rows": rows}

        return await _answer(work)


async def _answer(work: Callable[[], dict[str, Any]]) -> Response:
    """What the work comes to, done in a thread beside the loop; a refusal in the one shape."""
    try:
        return JSONResponse(await anyio.to_thread.run_sync(work, abandon_on_cancel=True))
    except Refused as refused:
        return refused.problem.response()


Holdfast.add_asgi_middleware(OneShape)  # type: ignore[attr-defined]  # the decorator made a service of the class
