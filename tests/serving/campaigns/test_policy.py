"""The policy against an oracle of plain Python, and its arms."""

import hashlib
import math
import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.groups.rule_sql import quoted
from serving.campaigns.fates import BY_PLAY, HOLDOUT, TREATMENT
from serving.campaigns.policy import arm, arm_sql, in_global_holdout, running
from serving.campaigns.saves.ordering import key
from serving.scoring.bucket import bucket
from tests.serving.campaigns.conftest import EMAIL
from tests.serving.campaigns.policy_worlds import decided, expected, planned, world

USERS, PLAYS, DAYS = 500, 12, 60


# Every example plans a run or two: shrinking one that fails would take an hour.
@settings(max_examples=5, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
@given(by=st.randoms(use_true_random=False), seed=st.integers(0, 10**6))
def test_every_user_has_in_every_play_the_reason_that_an_oracle_of_plain_python_gives(by, seed):
    one = world(random.Random(seed), USERS, PLAYS, DAYS, by)
    with tempfile.TemporaryDirectory() as folder:
        found = decided(planned(one, Path(folder), int(seed % 8 == 0)))
    wanted = expected(one)
    assert {key: (found.get(key), fate) for key, fate in wanted.items() if found.get(key) != fate} == {}
    assert found.keys() == wanted.keys()


@settings(max_examples=5, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**6))
def test_fates_add_up_per_play_and_in_all_for_any_playbook_policy_and_base(seed):
    one = world(random.Random(seed), 60, 12, 30)
    with tempfile.TemporaryDirectory() as folder:
        run = planned(one, Path(folder))
        rows, report = [row for file in run.files for row in pq.read_table(file).to_pylist()], run.report
    for told in report["plays"]:
        bit = 1 << run.plays[told["name"]]["number"]
        assert sum(told["fates"].values()) == told["matched"] == sum(row["plays_matched"] & bit > 0 for row in rows)
    assert sum(report["users"]["fates"].values()) == report["users"]["matched"] == len(rows)
    assert all((row["arm"] is None) != (row["reason"] is None) for row in rows)
    for row in rows:  # of the plays that matched, each is kept off by one reason at most, and one took the user or none
        kept = [row[f"plays_{name}"] for name in BY_PLAY]
        either = sum(kept)
        assert all(left & right == 0 for place, left in enumerate(kept) for right in kept[:place])
        assert (row["plays_matched"] ^ either).bit_count() == (row["rank"] is not None)


IDS = st.integers(-(10**15), 10**15) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
)


@settings(max_examples=40)
@given(
    users=st.lists(IDS, min_size=1, max_size=30, unique=True),
    play=st.sampled_from(["winback", "select", "a-b_c"]),
    epoch=st.sampled_from(["1", "2026-H1", "é"]),
    share=st.floats(0, 0.999),
)
def test_arms_are_the_same_in_sql_and_python_and_a_larger_holdout_only_moves_users_in(users, play, epoch, share):
    texts = [str(user) for user in users]
    wanted = [arm(play, epoch, user, share) for user in users]
    with duckdb.connect(config={"threads": 1}) as con:
        con.register("people", pa.table({"n": range(len(texts)), "user_id": texts}))
        found = con.execute(
            f"SELECT {arm_sql(quoted(f'{play}|{epoch}|'), str(round(share * 10_000)))} FROM people ORDER BY n"
        ).fetchall()
    assert [one for (one,) in found] == wanted
    more = [arm(play, epoch, user, min(share + 0.2, 0.9999)) for user in users]
    assert all(after == HOLDOUT for before, after in zip(wanted, more, strict=True) if before == HOLDOUT)


def test_arms_are_those_of_md5_as_any_other_program_works_it_out():
    """Literal: printf 'winback|1|7' | md5sum ends in these 8 digits, mod 10,000."""
    digest = hashlib.md5(b"winback|1|7").hexdigest()
    drawn = int(digest[-8:], 16) % 10_000
    assert (
        arm("winback", "1", 7, (drawn + 1) / 10_000) == HOLDOUT and arm("winback", "1", 7, drawn / 10_000) == TREATMENT
    )


def test_arms_agree_over_reruns_and_when_users_are_added(shop, rows_of):
    one = shop(users=300)
    few = {user: row["arm"] for user, row in rows_of(one.plan()).items()}
    one.users += [{"user_id": user, "consent_marketing": True} for user in range(300, 600)]
    one.scored += [{"user_id": user, "value_at_stake": 9999.0} for user in range(300, 600)]
    many = {user: row["arm"] for user, row in rows_of(one.plan(digits=1)).items()}
    assert many.items() >= few.items() and len(many) == 600


def within(count, n, share, sigmas=3.0):
    return abs(count - n * share) <= sigmas * math.sqrt(n * share * (1 - share))


N = 40_000


def test_a_holdout_has_its_share_and_knows_nothing_of_other_plays_risk_or_value():
    rng = np.random.default_rng(7)
    value = rng.lognormal(size=N)
    held = {play: np.array([arm(play, "1", user, 0.1) == HOLDOUT for user in range(N)]) for play in ("a", "b", "c")}
    anew = np.array([arm("a", "2", user, 0.1) == HOLDOUT for user in range(N)])
    everything = np.array([in_global_holdout("1", 0.05, bucket(user)) for user in range(N)])
    for one in (*held.values(), anew):
        assert within(one.sum(), N, 0.1)
        assert abs(value[one].mean() - value.mean()) < 3 * value.std() / math.sqrt(one.sum())
    for left, right in ((held["a"], held["b"]), (held["b"], held["c"]), (held["a"], anew)):
        assert within((left & right).sum(), N, 0.01)
    assert within((held["a"] & everything).sum(), N, 0.005)


def test_the_global_holdout_has_its_share_and_is_drawn_anew_by_epoch():
    """Nobody is held out, or spared, in epoch after epoch: what two have in common is what chance brings together."""
    drawn = {
        epoch: {one for one in range(10_000) if in_global_holdout(epoch, 0.05, one)} for epoch in map(str, range(12))
    }
    assert {len(one) for one in drawn.values()} == {500}
    common = [len(drawn[left] & drawn[right]) for left in drawn for right in drawn if left < right]
    assert all(5 <= count <= 50 for count in common) and 23 < sum(common) / len(common) < 27
    smaller = {one for one in range(10_000) if in_global_holdout("1", 0.03, one)}
    assert smaller < drawn["1"] and not any(in_global_holdout("1", 0.0, one) for one in range(10_000))


@pytest.mark.parametrize(
    ("rank", "save_rate", "by"),
    [
        ("auto", None, "value_at_stake"),
        ("auto", 0.1, "gain"),
        ("churn_risk", 0.1, "churn_risk"),
        ("value_at_stake", 0.1, "value_at_stake"),
    ],
)
def test_what_orders_the_users_of_a_play_is_told(shop, rank, save_rate, by):
    more = f'rank = "{rank}"\n' + (f"save_rate = {save_rate}\n" if save_rate else "")
    (play,) = shop(EMAIL + more, users=0).config.playbook.plays
    assert key(play)[0] == by and key(play)[1]


def test_plays_end_by_the_project_s_calendar(shop):
    book = shop(EMAIL + 'until = "2026-03-02"\n', users=0).config.playbook
    at = datetime(2026, 3, 2, 15, 59)
    assert len(running(book, at, "UTC")) == len(running(book, at, "Asia/Shanghai")) == 1
    assert running(book, at + timedelta(minutes=1), "Asia/Shanghai") == [] == running(book, datetime(2026, 3, 3), "UTC")
