"""A real `holdfast serve`, asked over HTTP: the snapshot's rows by user id, and scores of ready features."""

import json
import time
from datetime import timedelta

import pyarrow as pa
import pytest

from features.catalogue.feature import HAN
from features.errors import BadInput
from serving.batch.score import score
from serving.batch.snapshot import publish


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_it_says_that_it_lives(server, path):
    assert server.ask(path)[0] == 200


def test_it_describes_itself(inside):
    status, about = inside.ask("/docs.json")
    assert status == 200 and {"/v1/score", "/v1/predict_features"} <= set(about["paths"])


def test_users_get_their_row_of_the_snapshot_in_the_order_asked_for(inside, base, wanted, same):
    status, answer = inside.ask("/v1/score", {"user_ids": [row["user_id"] for row in wanted]})
    assert status == 200 and answer["unknown"] == []
    for got, expected in zip(answer["users"], wanted, strict=True):
        same(got, expected, 1e-12)
    about = base.snapshot.manifest
    assert [answer[name] for name in ("as_of", "model_version")] == [about["as_of"], about["model_version"]]
    assert answer["snapshot"] == base.snapshot.run_id


def test_who_is_not_eligible_has_nulls_and_the_reason(inside, wanted):
    user = next(row["user_id"] for row in wanted if not row["eligible"])
    (got,) = inside.ask("/v1/score", {"user_ids": [user]})[1]["users"]
    assert got["churn_risk"] is None and got["reasons"] is None and got["reason_not_eligible"]


def test_unknown_users_are_listed_and_the_others_served(inside, wanted):
    known = wanted[0]["user_id"]
    unknown = [10**9, "ann", f"0{known}", 2**70, -(2**70), ""]
    status, answer = inside.ask("/v1/score", {"user_ids": [*unknown, known]})
    assert (status, answer["unknown"]) == (200, unknown)
    assert [row["user_id"] for row in answer["users"]] == [known]


def test_a_user_asked_for_twice_is_answered_once(inside, wanted):
    known = wanted[0]["user_id"]
    answer = inside.ask("/v1/score", {"user_ids": [known, known, "x", "x"]})[1]
    assert (len(answer["users"]), answer["unknown"]) == (1, ["x"])


def answered(inside, user, run):
    """The answer about a user, once it is made from that snapshot."""
    end = time.monotonic() + 30
    while (answer := inside.ask("/v1/score", {"user_ids": [user]})[1])["snapshot"] != run:
        assert time.monotonic() < end, "the snapshot was not taken"
        time.sleep(0.05)
    return answer


def test_a_new_snapshot_is_served_without_a_restart(inside, base, wanted, same):
    user = wanted[0]["user_id"]
    new = score(base, base.model, base.tables.observed_until - timedelta(days=1))
    try:
        answer = answered(inside, user, new.run_id)
        assert answer["as_of"] == new.manifest["as_of"]
        (expected,) = new.look_up([user]).to_pylist()
        same(answer["users"][0], expected, 1e-12)
    finally:
        publish(base.snapshot.folder)
    answered(inside, user, base.snapshot.run_id)


def test_where_no_snapshot_is_named_any_more_the_old_one_is_served(inside, base, wanted):
    pointer = base.config.store_path / "snapshots" / "latest"
    pointer.rename(pointer.with_name("gone"))
    try:
        time.sleep(0.5)
        assert answered(inside, wanted[0]["user_id"], base.snapshot.run_id)
    finally:
        pointer.with_name("gone").rename(pointer)


REFUSED = {
    "nobody": {"user_ids": []},
    "no list": {"user_ids": 1},
    "null": {"user_ids": None},
    "nothing": {},
    "a field more": {"user_ids": [1], "limit": 5},
    "too many": {"user_ids": list(range(1001))},
    "half a user": {"user_ids": [1.5]},
    "true": {"user_ids": [True]},
    "a user within": {"user_ids": [[1]]},
    "a long name": {"user_ids": ["x" * 65_537]},
    "a language that there is not": {"user_ids": [1], "lang": "fr"},
    "no JSON": "user_ids=1",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_request_for_scores_is_refused(inside, body):
    assert inside.ask("/v1/score", body)[0] == 400


def test_a_thousand_users_are_not_too_many(inside):
    status, answer = inside.ask("/v1/score", {"user_ids": list(range(1000))})
    assert status == 200 and len(answer["users"]) + len(answer["unknown"]) == 1000


def test_ready_features_get_the_scores_and_reasons_of_the_batch(inside, base, ready, same):
    features, expected = ready
    status, answer = inside.ask("/v1/predict_features", {"rows": features})
    assert (status, answer["model_version"]) == (200, base.model.name)
    for got, row in zip(answer["rows"], expected, strict=True):
        assert len(got["reasons"]) == 5
        same(got, row, 1e-9)


def test_reasons_are_worded_in_the_language_asked_for(inside, wanted, ready):
    asked = {"user_ids": [wanted[0]["user_id"]]}
    for path, body, users in (("score", asked, "users"), ("predict_features", {"rows": ready[0][:1]}, "rows")):
        english, same_again, chinese = (
            [one["text"] for one in inside.ask(f"/v1/{path}", body | lang)[1][users][0]["reasons"]]
            for lang in ({}, {"lang": "en"}, {"lang": "zh"})
        )
        assert english == same_again and all(text.isascii() for text in english)
        assert all(HAN.search(text) for text in chinese)


def test_a_damaged_snapshot_fails_one_request_and_says_no_file(inside, monkeypatch):
    def damaged(*_):
        raise BadInput("/store/part-all.parquet: damaged")

    monkeypatch.setattr("serving.api.routes.snapshot_rows.users", damaged)
    for status, answer in (inside.ask("/v1/score", {"user_ids": [1]}), inside.ask("/v1/users/1")):
        assert (status, answer["code"]) == (503, "unreadable") and "/store" not in str(answer)


def test_raw_rows_get_the_scores_of_the_snapshot(inside, base, rows, sent, same):
    some = [row for row in rows if row["eligible"]][:100] + [row for row in rows if not row["eligible"]][:20]
    body = {"users": sent([row["user_id"] for row in some]), "as_of": base.tables.observed_until.isoformat()}
    status, answer = inside.ask("/v1/predict", body)
    assert status == 200 and len(answer["users"]) == 120
    for got, expected in zip(answer["users"], some, strict=True):
        assert got.pop("bad_rows") == []
        why, due = got.pop("reasons"), expected["reasons"]
        same(got, expected, 1e-9)
        same(why, due, 1e-4)


def test_raw_rows_are_predicted_and_bad_ones_told(inside, base, rows, sent):
    users = sent([row["user_id"] for row in rows if row["eligible"]][:3])
    users[1]["orders"].append({"time": "soon", "amount": 1.0})
    body = {"users": users, "as_of": base.tables.observed_until.isoformat(), "lang": "zh"}
    status, answer = inside.ask("/v1/predict", body)
    assert (status, answer["as_of"]) == (200, body["as_of"])
    assert (answer["model_version"], answer["snapshot"]) == (base.model.name, base.snapshot.run_id)
    assert [len(user["bad_rows"]) for user in answer["users"]] == [0, 1, 0]
    (bad,) = answer["users"][1]["bad_rows"]
    assert (bad["table"], bad["row"], bad["code"]) == ("orders", len(users[1]["orders"]) - 1, "not_a_time")
    assert all(HAN.search(reason["text"]) for user in answer["users"] for reason in user["reasons"])


def test_one_row_alone_gets_what_it_gets_among_others(inside, ready):
    features, _ = ready
    together = inside.ask("/v1/predict_features", {"rows": features})[1]["rows"]
    assert inside.ask("/v1/predict_features", {"rows": features[3:4]})[1]["rows"] == together[3:4]


def test_a_missing_feature_is_named_with_its_row(inside, base, ready):
    features = [dict(row) for row in ready[0][:3]]
    name = base.model.bundle.features[4]
    del features[2][name]
    status, answer = inside.ask("/v1/predict_features", {"rows": features})
    assert (status, answer["field"], answer["row"]) == (400, f"rows[2].{name}", 2)


def test_text_known_unseen_and_missing_gets_what_the_bundle_says(inside, base, ready, same):
    assert base.model.bundle.encodings == {"plan": ("free", "plus")}
    features = [ready[0][0] | {"plan": plan} for plan in ("free", "plus", "gold", "", None)]
    status, answer = inside.ask("/v1/predict_features", {"rows": features})
    assert status == 200
    columns = {name: [row[name] for row in features] for name in features[0]}
    expected = base.model.bundle.score(pa.table(columns), 1).to_dict("records")
    for got, row in zip(answer["rows"], expected, strict=True):
        same({name: got[name] for name in ("churn_risk", "expected_value", "value_rank")}, row, 1e-9)
        assert all(reason["value"] is None for reason in got["reasons"] if reason["feature"] == "plan")


@pytest.mark.parametrize("value", [1, 0.5])
def test_a_number_for_a_text_and_a_text_for_a_number_are_refused_by_name(inside, base, ready, value):
    rows = [ready[0][0], ready[0][1] | {"plan": value}]
    status, answer = inside.ask("/v1/predict_features", {"rows": rows})
    assert (status, answer["field"], answer["row"]) == (400, "rows[1].plan", 1) and answer["message"].startswith(
        "not text"
    )
    name = next(name for name in base.model.bundle.features if name != "plan")
    status, answer = inside.ask("/v1/predict_features", {"rows": [ready[0][0] | {name: "free"}]})
    assert (status, answer["field"]) == (400, f"rows[0].{name}") and answer["message"].startswith("not a number")


@pytest.mark.parametrize("value", [True, ["free"], "x" * 201])
def test_what_is_neither_a_number_nor_a_short_text_is_refused(inside, ready, value):
    assert inside.ask("/v1/predict_features", {"rows": [ready[0][0] | {"plan": value}]})[0] == 400


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", '"1"', "true", "[1]"])
def test_what_is_no_number_is_refused(inside, base, ready, value):
    row = json.dumps(ready[0][0] | {base.model.bundle.features[0]: "HERE"}).replace('"HERE"', value)
    assert inside.ask("/v1/predict_features", f'{{"rows": [{row}]}}')[0] == 400


@pytest.mark.parametrize("body", [{"rows": []}, {"rows": [{}] * 1001}, {"rows": [{}], "model": "v1"}])
def test_what_is_no_request_for_predictions_is_refused(inside, body):
    assert inside.ask("/v1/predict_features", body)[0] == 400


def test_what_was_refused_is_not_in_the_log(server):
    before = len(server.log.read_text())
    server.ask("/v1/predict_features", {"rows": [{"ann@example.com": "secret-1"}]})
    server.ask("/v1/score", {"user_ids": [{"mail": "secret-2"}]})
    end = time.monotonic() + 10
    while (log := server.log.read_text()[before:]).count('"status":400') < 2:  # a line may come after its answer
        assert time.monotonic() < end, log
        time.sleep(0.05)
    assert "secret" not in log and "ann@example.com" not in log and "Traceback" not in log


def test_bentomls_own_client_can_call_it(server, wanted, ready, same):
    import bentoml

    with bentoml.SyncHTTPClient(server.url, token=server.key, server_ready_timeout=60) as client:
        answer = client.score(user_ids=[row["user_id"] for row in wanted])
        for got, expected in zip(answer["users"], wanted, strict=True):
            same(got, expected, 1e-12)
        same(client.predict_features(rows=ready[0][:1])["rows"][0], ready[1][0], 1e-9)


def test_it_listens_on_the_loopback_alone(server):
    import psutil

    parent = psutil.Process(server.process.pid)
    sockets = [one for p in (parent, *parent.children(recursive=True)) for one in p.net_connections("inet")]
    listening = {(one.laddr.ip, one.laddr.port) for one in sockets if one.status == psutil.CONN_LISTEN}
    assert ("127.0.0.1", server.port) in listening
    assert {ip for ip, _ in listening} == {"127.0.0.1"}
