"""Runs in numbers, what one user may be sent, and who is held out of everything."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from features.catalogue.feature import HAN
from serving.api.routes.campaign_routes import LATEST
from serving.api.routes.route import VIEW
from serving.api.routes.table import GETS
from serving.campaigns import receipts
from serving.campaigns.one_user import fates, held_out
from serving.campaigns.run import REPORT

NOW = datetime(2030, 1, 2)
NUMBERS = [one.example for one in GETS if one.scope == VIEW]


def assigned(run):
    """The rows of the assignments."""
    return [row for file in run.files for row in pq.read_table(file).to_pylist()]


def asked(inside, user, query=""):
    return inside.ask(f"/v1/users/{quote(user, safe='')}/contact{query}")


def test_runs_are_listed_newest_first_with_what_their_reports_say(inside, odd):
    served = odd()
    later = served.plan("second")
    status, answer = inside.ask("/v1/campaigns")
    assert (status, [one["run"] for one in answer["campaigns"]]) == (200, [later.name, served.run.name])
    first, rows = answer["campaigns"][-1], assigned(served.run)
    arms = [row["arm"] for row in rows]
    assert (first["matched"], first["treated"], first["held_back"]) == (
        len(rows), arms.count("treatment"), arms.count("holdout"),
    )  # fmt: skip
    assert first["treated"] > first["held_back"] > 0
    assert (first["plays"], first["planned_by"], first["as_of"]) == (2, "ann", "2030-01-01T00:00:00")
    assert first["cost"] == served.run.report["cost"]


def test_where_there_is_no_run_none_is_listed_and_none_is_the_latest(inside, odd):
    odd(planned=False)
    assert inside.ask("/v1/campaigns") == (200, {"campaigns": []})
    for path in ("/v1/campaigns/latest", f"/v1/users/{quote('user/1#x', safe='')}/contact"):
        status, answer = inside.ask(path)
        assert (status, answer["code"], answer["field"]) == (404, "unknown_run", "run")


def test_a_run_is_told_with_its_report_its_notes_and_its_plays_in_both_languages(inside, odd):
    served = odd()
    for name in (served.run.name, LATEST):
        status, answer = inside.ask(f"/v1/campaigns/{name}")
        assert status == 200
        for one, due in zip(answer["plays"], served.run.report["plays"], strict=True):
            assert {name: one[name] for name in due} == due and sum(one["fates"].values()) == one["matched"] > 0
        assert [(one["en"], one["zh"]) for one in answer["plays"]] == [
            ("Worth it", "值得挽回"),
            ("everybody_scored", "everybody_scored"),
        ]
        assert (answer["users"], answer["notes"]) == (served.run.report["users"], served.run.manifest["notes"])
        assert (answer["run"], answer["snapshot"]) == (served.run.name, served.snapshot.run_id)


def test_where_a_run_stands_is_told_from_draft_to_cancelled(inside, odd):
    run = odd().run

    def told():
        (one,) = inside.ask("/v1/campaigns")[1]["campaigns"]
        whole = inside.ask("/v1/campaigns/latest")[1]
        contact = asked(inside, "user/1#x")[1]
        assert one["standing"] == whole["standing"] == contact["standing"]
        return one["standing"], whole["approved"] and whole["approved"]["by"], whole["cancelled"]

    assert told() == ("draft", None, None)
    receipts.approve(run, "bob", NOW)
    assert told() == ("approved", "bob", None)
    receipts.cancel(run, "cid", NOW)
    assert told() == ("cancelled", "bob", {"by": "cid", "at": NOW.isoformat()})


@pytest.mark.parametrize(
    "name", ["nothing", "2030-01-01-0123456789", "..", "%2e%2e%2fsnapshots", "9" * 3000, "%00", "*"]
)
def test_a_run_that_there_is_not_is_told_by_its_code(inside, odd, name):
    odd()
    status, answer = asked(inside, "user/1#x", f"?run={name}")
    assert (status, answer["code"], answer["field"]) == (404, "unknown_run", "run")
    status, answer = inside.ask(f"/v1/campaigns/{name}")
    assert status == 404 and answer["code"] in ("unknown_run", "not_found")


def test_a_damaged_report_fails_its_own_run_and_says_no_file(inside, odd):
    served = odd()
    later = served.plan("second")
    (served.run.folder / REPORT).write_text("{}")
    assert [one["run"] for one in inside.ask("/v1/campaigns")[1]["campaigns"]] == [later.name]
    status, answer = inside.ask(f"/v1/campaigns/{served.run.name}")
    assert (status, answer["code"]) == (503, "unreadable") and str(served.run.folder) not in str(answer)


def test_a_user_is_told_what_the_run_decided_and_why(inside, odd):
    run, seen = odd().run, set()
    for row in assigned(run):
        if (row["arm"], row["reason"]) in seen:
            continue
        seen.add((row["arm"], row["reason"]))
        status, answer = asked(inside, row["user_id"])
        assert (status, answer["user_id"], answer["run"]) == (200, row["user_id"], run.name)
        assert {name: answer[name] for name in ("play", "arm", "channel", "reason")} == {
            name: row[name] for name in ("play", "arm", "channel", "reason")
        }
        for name in ("send_after", "send_before"):
            assert answer[name] == (row[name].isoformat() if row[name] else None)
        assert [(one["play"], one["fate"], one["text"]) for one in answer["fates"]] == [
            (one["play"], one["fate"], one["en"]) for one in fates(run, row["user_id"])
        ]
        assert answer["fates"][0]["until"] == "2099-12-31"
    assert {("treatment", None), ("holdout", None), (None, "global_holdout"), (None, "no_consent")} <= seen


def test_reasons_and_plays_are_worded_in_the_language_asked_for(inside, odd):
    user = next(row["user_id"] for row in assigned(odd().run) if row["reason"] == "no_consent")
    english, chinese = (asked(inside, user, f"?lang={lang}")[1] for lang in ("en", "zh"))
    assert (english["reason_text"], english["fates"][0]["called"]) == ("did not consent", "Worth it")
    assert HAN.search(chinese["reason_text"]) and chinese["fates"][0]["called"] == "值得挽回"
    assert all(HAN.search(one["text"]) for one in chinese["fates"])
    assert asked(inside, user, "?lang=fr")[0] == 400


def test_the_run_asked_for_is_the_one_told_of_else_the_newest(inside, odd):
    served = odd()
    later = served.plan("second")
    assert asked(inside, "user/1#x")[1]["run"] == later.name
    assert asked(inside, "user/1#x", f"?run={served.run.name}")[1]["run"] == served.run.name


def test_a_user_whom_no_play_matched_gets_nulls_and_who_is_nowhere_is_unknown(inside, odd):
    served = odd()
    matched = {row["user_id"] for row in assigned(served.run)}
    user = next(one for one in served.snapshot.table()["user_id"].to_pylist() if one not in matched)
    status, answer = asked(inside, user)
    kept = {"user_id", "run", "as_of", "standing", "global_holdout", "fates"}
    assert (status, answer["user_id"], answer["fates"]) == (200, user, [])
    assert {value for name, value in answer.items() if name not in kept} == {None}
    for nobody in ("user/400#x", "7", "user", "a/contact"):
        status, answer = asked(inside, nobody)
        assert (status, answer["code"], answer["field"]) == (404, "unknown_user", "user_id")


def test_who_is_in_the_run_alone_is_told_without_a_snapshot(inside, odd, monkeypatch):
    from serving.api.service import READS

    user = assigned(odd().run)[0]["user_id"]
    live = READS.state.live
    monkeypatch.setattr(live, "_current", replace(live.current(), snapshot=None))
    assert asked(inside, user)[0] == 200 and asked(inside, "user/400#x")[0] == 404


@pytest.mark.parametrize("way", ["{}", "{}.0"])
def test_a_user_of_a_number_is_found_as_the_tables_may_write_it(inside, planned, way):
    row = assigned(planned)[0]
    status, answer = inside.ask(f"/v1/users/{way.format(row['user_id'])}/contact?run={planned.name}")
    assert (status, answer["user_id"], answer["play"]) == (200, row["user_id"], row["play"])


def test_the_global_holdout_is_that_of_the_run_and_known_of_everybody(inside, odd):
    served = odd()
    for row in assigned(served.run):
        status, answer = inside.ask(f"/v1/holdout/{quote(row['user_id'], safe='')}")
        assert (status, answer["user_id"], answer["epoch"], answer["share"]) == (200, row["user_id"], "1", 0.05)
        assert answer["global_holdout"] == (row["reason"] == "global_holdout")
    told = [inside.ask(f"/v1/holdout/nobody-{n}")[1]["global_holdout"] for n in range(400)]
    assert 5 < sum(told) < 45  # 20 ± 4.4


def test_a_number_is_held_out_as_its_text_is(inside, base):
    settings = base.config.contact
    for user in range(1, 60):
        for way in (f"{user}", f"{user}.0"):
            answer = inside.ask(f"/v1/holdout/{way}")[1]
            assert (answer["user_id"], answer["global_holdout"]) == (user, held_out(settings, str(user)))


@pytest.mark.parametrize("path", NUMBERS)
def test_what_a_key_for_numbers_may_read_holds_no_users_id(inside, odd, path):
    served = odd()
    receipts.approve(served.run, "bob", NOW)
    status, answer = inside.ask(path)
    missing = path in ("/v1/stages/flow", "/v1/boards/cube")  # there is one snapshot, written by hand, without boards
    assert status == (404 if missing else 200)
    contract = path.startswith("/v1/boards?")  # which says that a board has ids
    assert "#x" not in str(answer) and ("user_id" not in str(answer) or contract)
