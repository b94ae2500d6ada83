"""What changes on a platform's list from one export to the next."""

from datetime import timedelta

import pyarrow.parquet as pq

from serving.campaigns.export import export
from tests.serving.campaigns.world import AS_OF

COOL = """
[contact]
global_holdout = 0
cooldown_days = 3
[contact.channels.email]
[[play]]
name = "p"
all = ["value_at_stake >= 0"]
channels = ["email"]
"""


def out(shop, run, which, day=0, form="csv"):
    return export(shop.base, run, "p", form, AS_OF + timedelta(days=day, hours=1), "eve", which)


def on(done):
    """The users of an export in any channel."""
    return {
        row["user_id"] for row in pq.read_table(done.folder / "sent.parquet").to_pylist() if row["arm"] == "treatment"
    }


def listed(done):
    """The users in an export's CSV files."""
    files = sorted(done.folder.glob("*/*.csv"))
    return {int(line.split(",")[0]) for file in files for line in file.read_text("utf-8-sig").splitlines()[1:]}


def test_who_was_written_to_yesterday_stays_on_the_list_and_comes_again_after_the_cooldown(shop):
    """A platform that hears "out" takes users off before it has sent; one that hears nothing new sends nothing new."""
    one = shop(COOL, users=40)
    first = one.approved()
    held = on(out(one, first, "full"))
    for day in (1, 2):
        run = one.approved(day=day)
        assert run.report["plays"][0]["fates"]["cooldown"] == 40
        assert pq.read_table(run.folder / "lists/p/out.parquet").num_rows == 0
        came, left = out(one, run, "in", day), out(one, run, "out", day)
        assert listed(came) == listed(left) == set() == on(came)
    again = one.approved(day=4)
    assert pq.read_table(again.folder / "lists/p/in.parquet").num_rows == len(held)
    assert listed(out(one, again, "in", 4)) == held and listed(out(one, again, "out", 4)) == set()


def test_who_withdraws_or_no_longer_matches_leaves_the_list_within_the_cooldown(shop):
    one = shop(COOL, users=40)
    held = sorted(on(out(one, one.approved(), "full")))
    gone, other = held[:3], held[3:5]
    run = one.approved(day=1)
    one.users = [row | {"consent_marketing": row["user_id"] not in gone} for row in one.users]
    assert listed(out(one, run, "out", 1)) == set(gone)
    one.scored = [row | {"value_at_stake": -1.0 if row["user_id"] in other else 1.0} for row in one.scored]
    assert listed(out(one, one.approved(day=2), "out", 2)) == set(other)


def test_who_leaves_is_not_taken_off_under_an_id_that_another_user_of_the_list_has(shop):
    one = shop(COOL.replace("cooldown_days = 3", "cooldown_days = 0").replace(".email]", '.email]\nid = "users.hash"'))
    one.users = [row | {"hash": f"h{row['user_id'] // 2}"} for row in one.users]
    held = on(out(one, one.approved(), "full"))
    pair = next(user for user in sorted(held) if user % 2 == 0 and user + 1 in held)
    one.scored = [row for row in one.scored if row["user_id"] != pair]
    assert listed(out(one, one.approved(day=1), "out", 1)) == set()
    one.scored = [row for row in one.scored if row["user_id"] != pair + 1]
    assert listed(out(one, one.approved(day=2), "out", 2)) == {pair, pair + 1}


PUSH = "[contact.channels.push]\n[[play]]"
WECOM = COOL.replace(".email]", '.wecom]\nid = "users.wecom"\nsender = "users.owner"').replace("email", "wecom")


def test_who_is_nobody_s_customer_is_taken_by_the_next_channel_and_dropped_where_they_became_it(shop, rows_of):
    """Settled before the arm is drawn: else part of the treated is never written to."""
    toml = WECOM.replace('channels = ["wecom"]', 'channels = ["wecom", "push"]').replace("[[play]]", PUSH)
    one = shop(toml, users=40)
    one.users = [row | {"wecom": f"wm{row['user_id']}", "owner": "li" * (row["user_id"] % 2)} for row in one.users]
    run = one.approved()
    assert {(user % 2, row["channel"]) for user, row in rows_of(run).items()} == {(1, "wecom"), (0, "push")}
    one.users = [row | {"owner": None} for row in one.users]
    done = out(one, run, "full")
    assert {user % 2 for user in on(done)} == {0} and done.receipt["dropped"]["not_reachable"] > 10


def test_who_is_left_out_of_the_files_is_told_was_not_written_to_and_comes_with_the_next(shop):
    one = shop(WECOM, users=40)
    one.users = [
        row | {"wecom": f"wm{row['user_id']}", "owner": " " if row["user_id"] < 10 else "li"} for row in one.users
    ]
    run = one.approved()
    done = out(one, run, "full", form="wecom")
    lone = {row["user_id"] for row in pq.read_table(run.list_file("p")).to_pylist() if row["user_id"] < 10}
    assert done.receipt["left_out"] == {"no_sender": len(lone)} and len(lone) > 3
    assert on(done) == {row["user_id"] for row in pq.read_table(run.list_file("p")).to_pylist()} - lone
    second = one.approved(day=1)
    assert {row["user_id"] for row in pq.read_table(second.list_file("p")).to_pylist()} == lone  # in no cooldown
    one.users = [row | {"owner": "li"} for row in one.users]
    came = out(one, second, "in", 1, "wecom")
    assert on(came) == lone and came.receipt["left_out"] == {}
