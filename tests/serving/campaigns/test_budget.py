"""Where a play's budget ends: literal users to literal ranks."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serving.campaigns.budget import RANKS, rank

T, H = "treatment", "holdout"


@pytest.fixture
def ranked(shop, tmp_path):
    """ranked(rows, budget, most): by user the rank and whether the budget ended before. rows: user, key, arm, cost."""

    def make(rows, more="", number=0):
        one = shop(
            '[contact.channels.email]\n[[play]]\nname = "p"\nall = ["churn_risk >= 0"]\nchannels = ["email"]\n' + more,
            users=0,
        )
        base, files = one.base, []
        for place, part in enumerate((rows[::2], rows[1::2])):
            table = pa.table(
                {
                    "user_id": pa.array([row[0] for row in part], pa.int64()),
                    "number": pa.array([number] * len(part), pa.int8()),
                    "key": pa.array([row[1] for row in part], pa.float64()),
                    "arm": pa.array([row[2] for row in part], pa.string()),
                    "cost": pa.array([row[3] for row in part], pa.float64()).cast(pa.decimal128(18, 6)),
                }
            )
            files.append(str(tmp_path / f"it's {place}.parquet"))
            pq.write_table(table, files[-1])
        rank(base.con, base.config.playbook.plays, files)
        return {
            user: (place, over)
            for user, place, over in base.con.con.sql(f"SELECT user_id, rank, over FROM {RANKS}").fetchall()
        }

    return make


ROWS = [(1, 9.0, T, 5.0), (2, 8.0, H, 5.0), (3, 7.0, T, 5.0), (4, 6.0, H, 5.0), (5, 5.0, T, 5.0), (6, 4.0, H, 5.0)]


def test_the_held_out_cost_nothing_and_the_cut_takes_both_arms(ranked):
    found = ranked(ROWS, "cost = 5.0\nbudget = 10.0\n")
    assert found == {1: (1, False), 2: (2, False), 3: (3, False), 4: (4, False), 5: (5, True), 6: (6, True)}


def test_below_the_first_whom_the_budget_does_not_reach_nobody_is_taken(ranked):
    """Not the cheaper ones behind him either: arms above the cut stay comparable."""
    rows = [(1, 9.0, T, 5.0), (2, 8.0, T, 6.0), (3, 7.0, T, 1.0)]
    assert ranked(rows, "cost = 1.0\nbudget = 10.0\n") == {1: (1, False), 2: (2, True), 3: (3, True)}


def test_sums_of_money_are_exact(ranked):
    rows = [(user, 1.0, T, 0.1) for user in range(10)]
    assert [over for _, over in ranked(rows, "cost = 0.1\nbudget = 0.3\n").values()].count(False) == 3


def test_most_counts_the_treated(ranked):
    assert [user for user, (_, over) in sorted(ranked(ROWS, "most = 1\n").items()) if not over] == [1, 2]


def test_of_one_key_the_lower_id_comes_first_and_those_without_a_key_last(ranked):
    rows = [(5, None, T, 0.0), (4, 1.0, T, 0.0), (3, 1.0, T, 0.0), (6, -2.0, T, 0.0)]
    found = ranked(rows)
    assert sorted(found, key=lambda user: found[user][0]) == [3, 4, 6, 5] and not any(
        over for _, over in found.values()
    )


def test_who_is_in_no_arm_has_no_rank(ranked):
    assert ranked([(1, 1.0, None, None), (2, 1.0, T, 0.0)], "most = 1\n") == {2: (1, False)}


def test_a_budget_of_any_size_is_a_budget(ranked):
    assert not any(over for _, over in ranked(ROWS, "cost = 5.0\nbudget = 1e300\n").values())
    assert all(over for _, over in ranked(ROWS, "cost = 5.0\nbudget = 1e-300\n").values())
