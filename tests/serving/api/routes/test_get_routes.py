"""What is read by GET."""

from collections import Counter

import pytest

from features.groups.lifecycle import names


def test_a_user_is_read_as_the_snapshot_has_it(inside, base, wanted, same):
    for row in (wanted[0], wanted[-1]):
        status, answer = inside.ask(f"/v1/users/{row['user_id']}")
        assert status == 200 and answer["snapshot"] == base.snapshot.run_id
        same(answer["user"], row, 1e-12)


@pytest.mark.parametrize("way", ["{}", "{}.0"])
def test_a_user_whose_id_is_written_as_the_tables_may_write_it_is_found(inside, wanted, way):
    user = wanted[0]["user_id"]
    status, answer = inside.ask(f"/v1/users/{way.format(user)}")
    assert (status, answer["user"]["user_id"]) == (200, user)


ODD = [
    "ann",
    "999999999",
    "-1",
    "1e3",
    "%20",
    "٣",
    "01",
    "9" * 30,
    "9" * 5000,
    "-9223372036854775809",
    "7.00",
    "7.",
    "7.5",
]


@pytest.mark.parametrize("user", [*ODD, "1%2F2", "1/", "a//b/", "a/" * 3000, "%2F", "%00", "%ff", "1.0%2F"])
def test_who_is_not_in_the_snapshot_is_unknown(inside, user):
    status, answer = inside.ask(f"/v1/users/{user}")
    assert (status, answer["code"], answer["field"]) == (404, "unknown_user", "user_id")


def test_reasons_of_a_user_are_worded_in_the_language_asked_for(inside, wanted):
    path = f"/v1/users/{next(row['user_id'] for row in wanted if row['eligible'])}"
    english, chinese = (inside.ask(f"{path}?lang={lang}")[1]["user"]["reasons"] for lang in ("en", "zh"))
    assert all(one["text"].isascii() for one in english) and not any(one["text"].isascii() for one in chinese)


def test_a_language_that_there_is_not_is_refused(inside):
    status, answer = inside.ask("/v1/users/1?lang=fr")
    assert (status, answer["field"]) == (400, "lang")


def test_stages_are_counted_in_their_order_with_both_names(inside, base, rows):
    status, answer = inside.ask("/v1/stages")
    assert status == 200 and answer["snapshot"] == base.snapshot.run_id
    assert [one["name"] for one in answer["stages"]] == list(names(base.config))
    assert {one["name"]: one["users"] for one in answer["stages"] if one["users"]} == Counter(r["stage"] for r in rows)
    assert (answer["users"], answer["eligible"]) == (len(rows), sum(row["eligible"] for row in rows))
    called = {one["name"]: (one["en"], one["zh"]) for one in answer["stages"]}
    assert called["loyal"] == ("loyal", "忠诚") and called["lapsed_1"] == ("lapsed 30 d", "流失 30 天")


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("?from=nothing", "unknown_snapshot", "from"),
        ("?to=../snapshots", "unknown_snapshot", "to"),
    ],
)
def test_a_flow_from_or_to_what_is_not_there_is_told(inside, query, code, field):
    status, answer = inside.ask(f"/v1/stages/flow{query}")
    assert (status, answer["code"], answer["field"]) == (404, code, field)


def test_a_flow_from_nowhere_is_told(inside, monkeypatch):
    monkeypatch.setattr("serving.api.routes.stage_flow.previous", lambda *_: None)
    status, answer = inside.ask("/v1/stages/flow")
    assert (status, answer["code"], answer["field"]) == (404, "no_snapshot_before", "from")


def test_a_flow_names_both_snapshots(inside, base, rows):
    run = base.snapshot.run_id
    status, answer = inside.ask(f"/v1/stages/flow?from={run}&to={run}")
    assert status == 200 and answer["before"] == answer["after"] and answer["after"]["snapshot"] == run
    assert all(move["before"] == move["after"] for move in answer["moves"])
    assert sum(move["users"] for move in answer["moves"]) == len(rows)


def test_the_model_is_told_with_its_card_its_figures_and_its_features(inside, base):
    status, answer = inside.ask("/v1/model")
    bundle = base.model.bundle
    assert (status, answer["model_version"], answer["kind"]) == (200, base.model.name, "lightgbm")
    assert [one["name"] for one in answer["features"]] == list(bundle.features)
    assert answer["metrics"] == bundle.metrics and "# Model card" in answer["card"]
    plan = next(one for one in answer["features"] if one["name"] == "plan")
    assert plan["text"] and plan["meaning"] and plan["null"]
