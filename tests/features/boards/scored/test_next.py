"""Expected flow: from how users of the same stage and risk moved within the last horizon."""

import pytest

from features.boards import BOARDS
from features.boards.scored.flow_table import SHRINK
from tests.features.boards.made import made, sight


def rows(stages, percentile=50.0):
    return [{"user_id": user, "stage": stage, "risk_percentile": percentile} for user, stage in stages.items()]


def seen(con, config_of, cutoff, now, earlier):
    return sight(con, config_of(horizon=30), cutoff, scored=now, earlier=earlier)


def test_users_now_go_where_those_of_the_last_horizon_went(con, config_of, cutoff):
    then = rows({f"u{n}": "active" for n in range(10)})
    now = rows({f"u{n}": "lapsed_1" if n < 4 else "active" for n in range(10)} | {"new": "new"})
    found = made(con, seen(con, config_of, cutoff, now, {30: then}), "next")
    of = {(row["stage"], row["stage_next"]): row for row in found}
    assert of["active", "active"]["users"] == pytest.approx(6 * 0.6)
    assert of["active", "lapsed_1"]["users"] == pytest.approx(6 * 0.4) and of["active", "lapsed_1"]["came"] == 4
    assert of["lapsed_1", "lapsed_1"]["users"] == 4 and of["new", "new"]["users"] == 1  # nobody was there: they stay
    assert sum(row["users"] for row in found) == pytest.approx(11)
    assert all(row["low"] <= row["users"] <= row["high"] for row in found)
    assert {row["expected_then"] for row in found} == {None}  # no snapshot two horizons ago


def test_the_risk_decile_tells_users_of_a_stage_apart(con, config_of, cutoff):
    calm, risky = {f"a{n}": "active" for n in range(40)}, {f"b{n}": "active" for n in range(40)}
    then = rows(calm, 5.0) + rows(risky, 95.0)
    now = rows(calm, 5.0) + rows(dict.fromkeys(risky, "lapsed_1"), 95.0) + rows({"x": "active"}, 100.0)
    of = {
        (row["stage"], row["stage_next"]): row["users"]
        for row in made(con, seen(con, config_of, cutoff, now, {28: then}), "next")
    }
    # of 41 active users now, 40 in the decile of the calm and one in that of the risky
    leaves = 40 * SHRINK / 2 / (40 + SHRINK) + (40 + SHRINK / 2) / (40 + SHRINK)
    assert of["active", "lapsed_1"] == pytest.approx(leaves)


def test_what_had_been_expected_stands_beside_what_came(con, config_of, cutoff):
    users = [f"u{n}" for n in range(10)]
    first = rows(dict.fromkeys(users, "active"))
    then = rows({user: "active" if n < 5 else "inactive" for n, user in enumerate(users)})
    now = rows(dict.fromkeys(users, "inactive"))
    found = made(con, seen(con, config_of, cutoff, now, {60: first, 30: then}), "next")
    of = {(row["stage"], row["stage_next"]): (row["expected_then"], row["came"]) for row in found}
    assert of["active", "inactive"] == (2.5, 5) and of["inactive", "inactive"] == (5.0, 5)


def test_it_says_which_snapshot_it_lacks(con, config_of, cutoff):
    why = BOARDS["next"].lacks(seen(con, config_of, cutoff, rows({"a": "active"}), {5: rows({"a": "active"})}))
    assert "about 30 days ago" in why
