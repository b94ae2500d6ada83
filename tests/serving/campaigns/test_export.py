"""Exports: only approved, only who may still be written to, and deltas that tell a platform who left."""

import csv
import hashlib
import json
from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from features import whole_files
from features.errors import BadInput
from serving.campaigns.export import export
from serving.campaigns.receipts import APPROVAL, approve, cancel
from tests.serving.campaigns.world import AS_OF

NOW = AS_OF + timedelta(hours=1)


def out(shop, run, which="full", play="p", now=NOW, form="csv", by="eve"):
    return export(shop.base, run, play, form, now, by, which)


def ids(done, channel="email"):
    """The user ids in an export's CSV files."""
    found = []
    for file in sorted((done.folder / channel).glob("*.csv")) if (done.folder / channel).exists() else []:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            found += [row["user_id"].removeprefix("'") for row in csv.DictReader(opened)]
    return found


def treated(rows):
    return {str(user) for user, row in rows.items() if row["arm"] == "treatment"}


def test_a_list_holds_the_treated_in_their_order_and_a_receipt_counts_both_arms(shop, rows_of):
    one = shop()
    run = one.approved()
    done, rows = out(one, run), rows_of(run)
    by_rank = sorted((row for row in rows.values() if row["arm"] == "treatment"), key=lambda row: row["rank"])
    assert ids(done) == [str(row["user_id"]) for row in by_rank] and len(by_rank) > 10
    assert done.receipt["rows"] == {"email": len(by_rank)} and done.receipt["dropped"] == {}
    sent = pq.read_table(done.folder / "sent.parquet").to_pylist()
    assert {(row["user_id"], row["arm"]) for row in sent} == {(user, row["arm"]) for user, row in rows.items()}
    for file in done.receipt["files"]:
        assert hashlib.sha256((done.folder / file["file"]).read_bytes()).hexdigest() == file["sha256"]


def test_the_same_export_is_done_once(shop):
    one = shop()
    run = one.approved()
    first, second = out(one, run), out(one, run, now=NOW + timedelta(days=1))
    assert (first.again, second.again) == (False, True) and first.receipt == second.receipt


def test_of_10_000_who_opt_out_or_withdraw_consent_between_plan_and_export_nobody_is_exported(shop, rows_of):
    one = shop(users=10_000)
    run = one.approved()
    count = len(treated(rows_of(run)))
    assert count > 4_000
    at = AS_OF + timedelta(minutes=5)
    one.messages = [{"user_id": user, "time": at, "channel": "email", "opted_out_at": at} for user in range(5_000)]
    one.users = [
        row | {"consent_marketing": (None, False)[row["user_id"] % 2]} if row["user_id"] >= 5_000 else row
        for row in one.users
    ]
    done = out(one, run)
    assert ids(done) == [] and done.receipt["files"] == [] and not list(done.folder.glob("email*"))
    assert sum(done.receipt["dropped"].values()) == count and set(done.receipt["dropped"]) == {
        "opted_out",
        "no_consent",
    }
    assert pq.read_table(done.folder / "sent.parquet").num_rows == 0


def test_the_newest_row_of_a_user_decides_about_consent(shop):
    """False or null from a later row beats an older true, and so it does at the same time."""
    one = shop(users=30)
    run = one.approved()
    first = datetime(2026, 1, 1)
    rows = {
        0: [(True, 0), (False, 5)],
        1: [(True, 0), (None, 5)],
        2: [(True, 0), (None, 0)],
        3: [(False, 0), (True, 5)],
    }
    rows |= {4: [(True, 0), (False, 100)], 5: [(True, 100)]}  # what is dated after the run and the export is not known
    rows |= {user: [(True, 0)] for user in range(6, 30)}
    one.users = [
        {"user_id": user, "time": first + timedelta(days=day), "consent_marketing": said, "timezone": None}
        for user, told in rows.items()
        for said, day in told
    ]
    found = ids(out(one, run))
    assert not {"0", "1", "2", "5"} & set(found) and found
    again = one.approved()
    fates = again.report["plays"][0]["fates"]
    assert fates["no_consent"] == 4 and fates["treatment"] + fates["holdout"] == 26


def test_rows_without_a_time_consent_only_where_all_of_a_user_s_do(shop):
    one = shop(users=4)
    one.users += [{"user_id": 0, "consent_marketing": None}, {"user_id": 1, "consent_marketing": False}]
    assert one.plan().report["plays"][0]["fates"]["no_consent"] == 2


def test_a_run_that_nobody_approved_or_somebody_cancelled_is_not_exported(shop):
    one = shop()
    run = one.plan()
    with pytest.raises(BadInput, match="not approved; have somebody who did not draft it"):
        out(one, run)
    approve(run, "bob", NOW)
    cancel(run, "cid", NOW)
    with pytest.raises(BadInput, match="cancelled by cid"):
        out(one, run)
    assert not (run.folder / "exports").exists()


@pytest.mark.parametrize(
    "file", ["lists/p/full.parquet", "assignments/part-all.parquet", "lists/p/in.parquet", "report.json"]
)
def test_a_changed_file_is_refused_before_anything_is_written(shop, file):
    one = shop()
    run = one.approved()
    (run.folder / file).write_bytes((run.folder / file).read_bytes() + b" ")
    with pytest.raises(BadInput, match=f"{file}: damaged or not there"):
        out(one, run)
    assert not list(run.folder.glob("exports/*"))


def test_a_manifest_that_was_changed_after_the_approval_is_refused(shop):
    one = shop()
    run = one.approved()
    manifest = whole_files.read_sealed(run.folder / "manifest.json")
    whole_files.write_sealed(run.folder / "manifest.json", manifest | {"planned_by": "nobody"})
    with pytest.raises(BadInput, match="was changed after its approval"):
        out(one, run)


def test_an_approval_of_another_run_does_not_count(shop):
    one = shop()
    first, second = one.approved(), one.plan(day=1)
    (second.folder / APPROVAL).write_bytes((first.folder / APPROVAL).read_bytes())
    with pytest.raises(BadInput, match="was changed after its approval"):
        out(one, second)


def test_a_play_is_exported_on_its_last_day_and_not_after_by_the_project_s_calendar(shop):
    one = shop()
    one.toml = '[project]\ntimezone = "Asia/Shanghai"\n' + one.toml.replace(
        'name = "p"', 'name = "p"\nuntil = "2026-03-03"'
    )
    run = one.approved()
    with pytest.raises(BadInput, match="play 'p' ended on 2026-03-03, and its approval with it"):
        out(one, run, now=datetime(2026, 3, 3, 16))  # midnight in Shanghai
    assert ids(out(one, run, now=datetime(2026, 3, 3, 15, 59)))


def test_what_is_not_there_is_told_with_what_is(shop):
    one = shop()
    run = one.approved()
    for more, line in (
        ({"play": "q"}, "no play 'q'"),
        ({"which": "ful"}, "did you mean 'full'"),
        ({"form": "xls"}, "format 'xls'"),
    ):
        with pytest.raises(BadInput, match=line):
            out(one, run, **more)
    assert not list(run.folder.glob("exports/*"))


def deltas(one, run, now=NOW):
    return ids(out(one, run, "in", now=now)), ids(out(one, run, "out", now=now))


def test_deltas_tell_a_platform_also_who_withdrew_after_the_plan(shop, rows_of):
    """Whom the platform holds and who may not be written to any more has to leave it, whenever they said so."""
    one = shop(users=60)
    first = one.approved()
    held = set(ids(out(one, first)))
    second = one.approved(day=1)
    gone = sorted(held, key=int)[:3]
    one.users = [row | {"consent_marketing": str(row["user_id"]) not in gone} for row in one.users]
    came, left = deltas(one, second)
    assert came == [] and sorted(left, key=int) == gone
    third = one.approved(day=2)
    assert deltas(one, third) == ([], [])  # they were told


def test_deltas_go_by_what_was_exported_last_in_the_format(shop):
    one = shop(users=60)
    first = one.approved()
    held = ids(out(one, first))
    one.scored = one.scored[:30]
    second = one.approved(day=1)
    assert set(deltas(one, second)[1]) == {user for user in held if int(user) >= 30}
    done = out(one, second, "in", form="jsonl")
    lines = [json.loads(line) for line in (done.folder / "email" / "part-0001.jsonl").read_text().splitlines()]
    assert {str(line["user_id"]) for line in lines} == {user for user in held if int(user) < 30}


TWO = """
[contact]
global_holdout = 0
cooldown_days = 0
[contact.channels.email]
[contact.channels.push]
consent = "users.consent_push"
[[play]]
name = "p"
all = ["value_at_stake >= 0"]
channels = ["push", "email"]
"""


def test_who_is_reached_by_another_channel_leaves_the_one_and_comes_to_the_other(shop):
    one = shop(TWO, users=30)
    one.users = [row | {"consent_push": True} for row in one.users]
    first = one.approved()
    held = set(ids(out(one, first), "push"))
    one.users = [row | {"consent_push": row["user_id"] >= 10} for row in one.users]
    second = one.approved(day=1)
    came, left = out(one, second, "in"), out(one, second, "out")
    moved = {user for user in held if int(user) < 10}
    assert moved and set(ids(came, "email")) == moved == set(ids(left, "push")) - set(ids(came, "push"))


def test_an_export_that_is_refused_leaves_no_payload(shop):
    one = shop(TWO.replace("[contact.channels.email]", '[contact.channels.email]\nid = "users.mail"'), users=30)
    one.users = [
        row | {"consent_push": row["user_id"] % 2 == 0, "mail": f"a{row['user_id']}@b.org"} for row in one.users
    ]
    run = one.approved()
    with pytest.raises(BadInput, match="look like an e-mail address"):
        out(one, run)
    assert not list(run.folder.glob("exports/*"))


def test_a_channel_that_was_taken_out_of_the_settings_is_told(shop):
    one = shop(TWO, users=5)
    one.users = [row | {"consent_push": True} for row in one.users]
    run = one.approved()
    one.toml = TWO.replace("[contact.channels.push]\n", "[contact.channels.pull]\n").replace('"push"', '"pull"')
    with pytest.raises(BadInput, match=r"no \[contact.channels.push\] any more"):
        out(one, run)


def test_tables_whose_ids_became_text_are_refused(shop):
    one = shop(users=5)
    run = one.approved()
    other = shop(users=5, text=True)
    with pytest.raises(BadInput, match="its user ids are whole numbers, those of tables.users are text now"):
        export(other.base, run, "p", "csv", NOW, "eve")


def test_ids_of_any_text_come_back_as_they_were(shop):
    odd = ["it's", 'say "x"', "two\nlines", "  blank ", "用户,1", "=1+1", "a|b", "NULL", "é", "é"]
    one = shop(users=1, text=True)
    one.users = [{"user_id": user, "consent_marketing": True} for user in odd]
    one.scored = [{"user_id": user, "value_at_stake": 1.0} for user in odd]
    run = one.approved()
    mine = {
        row["user_id"] for file in run.files for row in pq.read_table(file).to_pylist() if row["arm"] == "treatment"
    }
    assert set(ids(out(one, run))) == mine and len(mine) > 2
