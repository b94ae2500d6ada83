"""What campaigns decided about one user."""

from serving.campaigns.fates import words
from serving.campaigns.one_user import contact, fates, held_out
from serving.scoring.bucket import bucket
from tests.serving.campaigns.test_report import TOML


def test_a_user_is_told_every_play_that_matched_by_priority_with_words(shop):
    one = shop(TOML, users=10)
    one.users[9]["consent_marketing"] = None
    run = one.plan()
    assert [(told["play"], told["fate"]) for told in fates(run, 8)] == [("rich", "treatment"), ("all", "in_other_play")]
    assert [(told["play"], told["fate"]) for told in fates(run, 6)] == [
        ("rich", "over_budget"),
        ("all", "in_other_play"),
    ]
    assert [(told["play"], told["fate"]) for told in fates(run, 9)] == [("rich", "no_consent"), ("all", "no_consent")]
    assert fates(run, 1) == [
        {
            "play": "all",
            "fate": "treatment",
            "en": words("treatment"),
            "zh": words("treatment", "zh"),
            "channel": "email",
        }
    ]
    assert fates(run, 99) == fates(run, "1") == []


def test_a_program_is_told_whether_it_may_write(shop):
    one = shop(TOML, users=10)
    run = one.plan()
    wanted = {"run": run.name, "play": "all", "arm": "treatment", "channel": "email", "reason": None}
    assert contact(run, 1) == wanted | {"send_after": None, "send_before": None}
    assert contact(run, 6)["reason"] == "over_budget" and contact(run, 6)["arm"] is None
    assert set(contact(run, 99).values()) == {run.name, None}


def test_the_id_alone_tells_who_is_held_out_of_everything_as_a_run_does(shop, rows_of):
    one = shop(TOML.replace("global_holdout = 0", "global_holdout = 0.3"), users=200)
    told = {user for user, row in rows_of(one.plan()).items() if row["reason"] == "global_holdout"}
    assert told == {user for user in range(200) if held_out(one.config.contact, user)} and 30 < len(told) < 90
    assert held_out(one.config.contact, "7") == held_out(one.config.contact, 7) and bucket("7") == bucket(7)
