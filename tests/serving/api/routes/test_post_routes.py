"""What is asked by POST: little work is done at once, much in a thread, and a refusal has the one shape."""

import asyncio
import json
import threading
from types import SimpleNamespace

import anyio
import pytest

from features.errors import BadInput
from serving.api.contract.errors import Refused, invalid
from serving.api.routes.post_routes import AT_ONCE, predict_features


@pytest.fixture
def ask():
    """ask(rows, work): (status, answer, name of the thread it was done in) of a model whose scores work() gives."""

    def make(count, work=lambda: None):
        done = []

        def rows(rows, lang, only):
            done.append(threading.current_thread().name)
            work()
            return [{"churn_risk": 0.5} for _ in rows]

        model = SimpleNamespace(name="v1", bundle=SimpleNamespace(encodings={}))
        current = SimpleNamespace(model=model, snapshot=None, predictor=SimpleNamespace(rows=rows))
        live = SimpleNamespace(current=lambda: current)

        async def run():
            limiter = anyio.CapacityLimiter(1)
            return await predict_features(live, limiter, rows=[{}] * count, lang="en", only=None)

        response = asyncio.run(run())
        return response.status_code, json.loads(response.body), done[0]

    return make


def test_a_row_or_two_go_to_no_thread_and_more_do(ask):
    here = threading.current_thread().name
    assert [ask(count)[2] == here for count in (1, AT_ONCE, AT_ONCE + 1)] == [True, True, False]


def test_an_answer_names_what_made_it(ask):
    assert ask(1)[:2] == (
        200,
        {"model_version": "v1", "snapshot": None, "as_of": None, "rows": [{"churn_risk": 0.5}]},
    )


@pytest.mark.parametrize("count", [1, AT_ONCE + 1])
def test_a_refusal_and_a_damaged_snapshot_are_answered_in_the_one_shape(ask, count):
    def refuse():
        raise Refused(invalid("no", "rows[0].age", 0))

    def damaged():
        raise BadInput("/store/part: damaged")

    assert ask(count, refuse)[:2] == (400, {"code": "invalid", "message": "no", "field": "rows[0].age", "row": 0})
    status, answer, _ = ask(count, damaged)
    assert (status, answer["code"]) == (503, "unreadable") and "/store" not in answer["message"]
