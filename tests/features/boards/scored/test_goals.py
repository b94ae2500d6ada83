"""Goals: the value now, where it goes, and whether that is far enough."""

from datetime import date

import pytest

from tests.features.boards.made import chosen, made, sight


def goal(metric, target, by="2026-01-31", **more):
    return {"name": metric, "metric": metric, "target": target, "by": by} | more


def rows(*stages, risk=0.5):
    return [
        {"user_id": f"u{n}", "stage": one, "churn_risk": risk, "value_at_stake": 2.0} for n, one in enumerate(stages)
    ]


def found(con, config_of, cutoff, goals, now, then=None):
    config = config_of(goal=goals)
    return made(con, sight(con, config, cutoff, scored=now, earlier={30: then} if then else None), "goals")


def test_metrics_are_what_they_say(con, config_of, cutoff):
    now = [*rows("active", "loyal", "at_risk"), {"user_id": "x", "stage": "lapsed_3", "eligible": False}]
    goals = [
        goal(one, 1)
        for one in (
            "share:healthy",
            "users:healthy",
            "share:lapsed_3",
            "users",
            "sum:value_at_stake",
            "mean:churn_risk",
        )
    ]
    values = chosen(found(con, config_of, cutoff, goals, now), "value")
    assert values == [(pytest.approx(2 / 3),), (2.0,), (0.25,), (4.0,), (6.0,), (0.5,)]


def test_it_goes_on_as_since_the_oldest_snapshot(con, config_of, cutoff):
    then, now = (
        rows(*["active"] * 1, *["at_risk"] * 3),
        rows(*["active"] * 2, *["at_risk"] * 2),
    )  # 25 % → 50 % in 30 days
    goals = [
        goal("share:healthy", 0.75),
        goal("share:healthy", 0.8) | {"name": "more", "zh": "更多"},
        goal("share:at_risk", 0.3, lower=True) | {"name": "fewer"},
        goal("share:healthy", 0.5) | {"name": "there"},
        goal("share:healthy", 0.9, "2025-12-31") | {"name": "too late"},
    ]
    all_of = found(con, config_of, cutoff, goals, now, then)
    assert chosen(all_of, "value_before", "value", "expected", "state")[:3] == [
        (0.25, 0.5, pytest.approx(0.75), "on_track"),
        (0.25, 0.5, pytest.approx(0.75), "behind"),
        (0.75, 0.5, pytest.approx(0.25), "on_track"),
    ]
    assert [row["state"] for row in all_of[3:]] == ["reached", "missed"]
    assert all_of[1]["goal_zh"] == "更多" and all_of[0]["since"] == date(2025, 12, 2)


def test_without_an_earlier_snapshot_nobody_knows_where_it_goes(con, config_of, cutoff):
    one = found(con, config_of, cutoff, [goal("users:loyal", 5)], rows("active"))[0]
    assert (one["value"], one["expected"], one["state"]) == (0.0, None, "unknown")


@pytest.mark.parametrize(
    ("metric", "says"),
    [("share:helthy", "did you mean 'healthy'"), ("health", "is no metric"), ("sum:bucket", "no 'bucket' to measure")],
)
def test_a_goal_that_measures_nothing_is_refused(config_of, metric, says):
    with pytest.raises(Exception, match=f"goal\\[0\\].metric: .*{says}"):
        config_of(goal=[goal(metric, 1)])
