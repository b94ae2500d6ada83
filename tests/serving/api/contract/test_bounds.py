"""What no request needs is refused before anybody makes values of it, and costs neither time nor memory."""

import json
import tracemalloc

import pytest

from serving.api.contract import bounds
from serving.api.contract.errors import Refused
from serving.api.contract.requests import FeaturesRequest, PredictRequest, ScoreRequest

SIZE = 4_000_000


def filled(head, unit, tail):
    return (head + ",".join([unit] * ((SIZE - len(head) - len(tail)) // (len(unit) + 1))) + tail).encode()


HOSTILE = {
    "rows": (FeaturesRequest, filled('{"rows": [', "{}", "]}"), 413),
    "values": (ScoreRequest, filled('{"user_ids": [', "1", "]}"), 413),
    "commas": (ScoreRequest, b"," * SIZE, 413),
    "nesting": (PredictRequest, b"[" * SIZE, 400),
    "names": (FeaturesRequest, b'{"rows": [{' + b",".join(b'"%d": []' % n for n in range(200_000)) + b"}]}", 400),
    "names at the top": (PredictRequest, b"{" + b",".join(b'"%d": []' % n for n in range(200_000)) + b"}", 400),
    "the same name": (PredictRequest, b"{" + b",".join([b'"x": []'] * 200_000) + b"}", 400),
    "digits": (ScoreRequest, b'{"user_ids": [' + b"1" * SIZE + b"]}", 400),
    "an id": (ScoreRequest, b'{"user_ids": ["' + b"x" * SIZE + b'"]}', 400),
    "nothing": (ScoreRequest, b" " * SIZE, 400),
}


@pytest.mark.parametrize(("model", "body", "status"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_body_is_refused_in_less_memory_than_a_good_one_takes(model, body, status):
    tracemalloc.start()
    try:
        with pytest.raises(Refused) as caught:
            model.read(body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.problem.status == status and most < 60e6


def test_as_much_as_a_request_may_bring_is_within_the_bounds():
    users = [{"user_id": user, "orders": [{"time": "2026-01-01", "amount": 1}] * 100} for user in range(1000)]
    fields = PredictRequest.read(json.dumps({"users": users}).encode())
    assert sum(len(user["orders"]) for user in fields["users"]) == 100_000
    rows = [{f"feature_{n}": 0.5 for n in range(900)}] * 1000
    assert len(FeaturesRequest.read(json.dumps({"rows": rows}).encode())["rows"]) == 1000


def test_the_bound_of_names_is_of_one_object_and_counts_no_colon_in_a_text():
    def rows(names, text="x"):
        return json.dumps([{str(n): text for n in range(names)}] * 3).encode()

    assert bounds.opened(rows(100)) is None
    assert len(bounds.opened(rows(bounds.MOST_KEYS))) == 3
    assert len(bounds.opened(rows(300, "12:00:00"))) == 3
    with pytest.raises(Refused):
        bounds.opened(rows(bounds.MOST_KEYS + 1))
