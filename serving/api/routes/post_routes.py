"""The POST routes: rows of the snapshot, and new scores from raw rows or ready features.

Each takes what is live, the limit of work in threads, and the fields of its request.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from anyio import CapacityLimiter
from starlette.responses import Response

from features.errors import BadInput
from serving.api.contract.errors import Refused, unreadable
from serving.api.contract.responses import Json
from serving.api.guard import metrics
from serving.api.guard.deadline import in_thread
from serving.api.live import Live
from serving.api.routes import snapshot_rows
from serving.scoring.phrase import Lang

AT_ONCE = 2  # users, or rows of ready features


async def score(live: Live, limiter: CapacityLimiter, *, user_ids: Sequence[int | str], lang: Lang) -> Response:
    """Rows of the current snapshot by user id."""
    current = live.current()

    def work() -> dict[str, Any]:
        wanted = list(dict.fromkeys(user_ids))
        found = snapshot_rows.users(current, wanted, lang)
        metrics.UNKNOWN.inc(len(wanted) - len(found))
        metrics.scored("/v1/score", (row["churn_risk"] for row in found.values()))
        return snapshot_rows.made_snapshot(snapshot_rows.snapshot_of(current)) | {
            "users": [*{row["user_id"]: row for row in found.values()}.values()],
            "unknown": [user for user in wanted if user not in found],
        }

    return await _answer(work, limiter, at_once=len(user_ids) <= AT_ONCE)


async def predict(
    live: Live, limiter: CapacityLimiter, *, users: Sequence[Mapping[str, Any]], as_of: str | None, lang: Lang
) -> Response:
    """Scores and reasons for users with their raw rows, by the features that the model was trained on."""
    current = live.current()

    def work() -> dict[str, Any]:
        at, record = snapshot_rows.as_of(current, as_of), snapshot_rows.record(current)
        found = current.predictor.users(users, at, record, lang)
        metrics.scored("/v1/predict", (row["churn_risk"] for row in found))
        return snapshot_rows.made(current, at.isoformat()) | {"users": found}

    return await _answer(work, limiter)


async def predict_features(
    live: Live,
    limiter: CapacityLimiter,
    *,
    rows: Sequence[Mapping[str, float | str | None]],
    only: str | None,
    lang: Lang,
) -> Response:
    """Scores and reasons for rows of ready features."""
    current = live.current()

    def work() -> dict[str, Any]:
        found = current.predictor.rows(rows, lang, only)
        metrics.scored("/v1/predict_features", (row["churn_risk"] for row in found))
        metrics.unseen(current.model.bundle.encodings, rows)
        return snapshot_rows.made(current, None) | {"rows": found}

    return await _answer(work, limiter, at_once=len(rows) <= AT_ONCE)


async def _answer(work: Callable[[], dict[str, Any]], limiter: CapacityLimiter, at_once: bool = False) -> Response:
    """The result of the work, done in a thread beside the loop; a refusal in the one shape.

    at_once: for work of under a millisecond, which is done here: waiting for a thread would take longer.
    """
    try:
        return Json(work() if at_once else await in_thread(work, limiter))
    except Refused as refused:
        return refused.problem.response()
    except BadInput as error:
        return unreadable(error).response()
