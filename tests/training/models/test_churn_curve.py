"""The churn curve: a step a horizon where the logs allow one, so that none contradicts another, H itself untouched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.models import boost
from training.models.churn_curve import alike, describe, name, others, predict, train

PROBABILITY = st.floats(0, 1)
HORIZON = 30.0


@st.composite
def curves(draw):
    """Steps as the models of a few horizons tell them, for a few users, and their risks at H."""
    days = draw(st.lists(st.sampled_from([3.5, 7.0, 14.0, 28.0, 45.0, 60.0, 90.0]), unique=True))
    users = draw(st.integers(1, 5))
    steps = {name(one): draw(arrays(float, users, elements=PROBABILITY)) for one in days}
    return steps, draw(arrays(float, users, elements=PROBABILITY))


def curve_of(steps, risk):
    """The risks by horizon, shortest first, H among them."""
    found = {HORIZON: risk} | {
        float(one[6:-1]): risks for one, risks in predict(steps, HORIZON, steps.get, risk).items()
    }
    return np.column_stack([found[days] for days in sorted(found)])


@given(curve=curves())
def test_no_risk_goes_up_with_the_horizon_nor_out_of_bounds_whatever_the_models_say(curve):
    found = curve_of(*curve)
    assert (np.diff(found, axis=1) <= 0).all() and (np.diff(1 - found, axis=1) >= 0).all()
    assert (found >= 0).all() and (found <= 1).all()


@given(curve=curves())
def test_no_two_horizons_are_alike_but_where_a_step_is_none(curve):
    steps, risk = curve
    sure = np.all([(step > 0.01) & (step < 0.99) for step in steps.values()], axis=0) & (risk > 0.01) & (risk < 0.99)
    assert not alike(curve_of(steps, risk)[sure]).any() if len(steps) else True


def test_steps_lead_outwards_from_h():
    steps = {"churn_7d": 0.5, "churn_14d": 0.25, "churn_60d": 0.5, "churn_90d": 0.2}
    found = predict(steps, HORIZON, lambda one: np.array([steps[one]]), np.array([0.6]))
    # Of the .4 who are back by 30, .25 were not by 14; of the .3 back by 14, half were not by 7; of the .6 not back by
    # 30, half stay away for 60, and of these a fifth for 90.
    expected = {"churn_7d": 0.85, "churn_14d": 0.7, "churn_60d": 0.3, "churn_90d": 0.06}
    assert {one: risk[0] for one, risk in found.items()} == pytest.approx(expected)


def test_users_with_one_risk_at_two_horizons_are_counted():
    risk = np.array([[0.9, 0.6, 0.3], [0.9, 0.9, 0.3], [0.5, 0.2, 0.2]])
    assert alike(risk).tolist() == [False, True, True] and not alike(risk[:, :1]).any()
    assert describe(30, [], {}, risk) == "churn curve: 30 days, one risk at two horizons for 2 of 3 users"


def test_horizons_are_read_off_the_boosters_names():
    assert others(["churn", "churn_30d", "tier", "churn_7d", "churn_3.5d", "churn_xd", "churn_7days"]) == (3.5, 7, 30)
    assert [name(days) for days in (7.0, 3.5)] == ["churn_7d", "churn_3.5d"] and others([]) == ()


def test_scores_are_named_by_their_horizon_and_h_is_not_among_them():
    raw = {"churn_7d": [0.2, 0.9], "churn_60d": [0.4, 0.1]}
    found = predict(dict.fromkeys(raw, "text"), 30, lambda one: np.array(raw[one]), np.array([0.3, 0.3]))
    assert {one: risk.tolist() for one, risk in found.items()} == {
        "churn_7d": pytest.approx([0.44, 0.93]),
        "churn_60d": pytest.approx([0.12, 0.03]),
    }
    assert predict({}, 30, lambda _: np.empty(0), np.array([0.3])) == {}


# Which horizons can be learned


@pytest.fixture
def trained(config_of, rows_of, cutoff):
    """trained(returned, cutoff, observed, curve_days): boosters and what was left out, for H = 30."""

    def make(returned, at, observed, curve_days=(7, 60), features=None):
        cutoffs = (cutoff,) * len(observed)
        features = {"x": np.nan_to_num(returned if features is None else features, nan=99)}
        rows = rows_of(cutoff=at, cutoffs=cutoffs, returned=returned, observed=observed, **features)
        config = config_of(churn={"curve_days": list(curve_days)})
        data = boost.dataset(rows.matrix(["x"]), ["x"])
        return train(config, data, rows, threads=1, weight=None)

    return make


def spread(count, cutoffs=3):
    """Days until the return, 0 to 90 and none after, of users spread evenly over the cutoffs."""
    days = np.linspace(0, 120, count)
    return np.where(days < 90, days, np.nan), np.arange(count) % cutoffs


def test_a_model_learns_who_is_back_by_its_horizon_of_those_its_neighbour_leaves_open(trained):
    boosters, left_out = trained(*spread(2500), observed=(90, 90, 90))
    assert boosters.keys() == {"churn_7d", "churn_60d"} and left_out == {}
    for days in (7, 60):
        early, late = boost.predict(boosters[name(days)], np.array([[days - 2.0], [days + 2.0]]), 1)
        assert early < 0.3 and late > 0.7, days


def test_a_horizon_learns_nothing_from_those_who_say_nothing_of_its_step(trained):
    # Whether those not back by 30 come on day 40 or never says nothing of who is back by 7, and the other way round.
    returned, at = spread(2500)
    plain, _ = trained(returned, at, observed=(90, 90, 90))
    later, _ = trained(np.where(returned > 30, 40, returned), at, observed=(90, 90, 90), features=returned)
    sooner, _ = trained(np.where(returned < 30, 20, returned), at, observed=(90, 90, 90), features=returned)
    assert later["churn_7d"] == plain["churn_7d"] and sooner["churn_60d"] == plain["churn_60d"]


def test_a_further_horizon_goes_by_the_nearest_that_was_kept(trained):
    # Of those back within 30 days nobody comes from day 14 on, so that 14 is left out and 7 goes by 30.
    returned, at = spread(2500)
    returned = np.where((returned >= 14) & (returned < 30), 10, returned)
    boosters, left_out = trained(returned, at, observed=(90, 90, 90), curve_days=(7, 14))
    assert boosters.keys() == {"churn_7d"} and left_out.keys() == {"14"}
    early, late = boost.predict(boosters["churn_7d"], np.array([[5.0], [10.0]]), 1)
    assert early < 0.3 and late > 0.7


def test_a_horizon_with_too_few_closed_windows_is_left_out_and_said(trained):
    boosters, left_out = trained(*spread(2500), observed=(90, 60, 59.9))
    assert boosters.keys() == {"churn_7d"}
    assert left_out == {"60": "its window has closed at 2 cutoffs, 3 are needed"}
    said = describe(30, boosters, left_out, np.array([[0.9, 0.6]]))
    why = "without 60: its window has closed at 2 cutoffs, 3 are needed"
    assert said == f"churn curve: 7, 30 days, one risk at two horizons for 0 of 1 users; {why}"


def test_rows_whose_window_is_open_are_not_learned_from(trained):
    # At the last cutoff 10 days are known: that nobody has come back from day 10 on is no churn within 60.
    returned, at = spread(4000, 4)
    returned = np.where((at == 3) & ~(returned < 10), np.nan, returned)
    boosters, _ = trained(returned, at, observed=(90, 90, 90, 10))
    without = at < 3
    expected, _ = trained(returned[without], at[without], observed=(90, 90, 90))
    given = np.array([[5.0], [20], [35], [50], [70], [80], [99]])  # not where 60 is a matter of bins
    found, closed = (boost.predict(one["churn_60d"], given, 1) for one in (boosters, expected))
    assert found == pytest.approx(closed, abs=0.05)


def test_a_horizon_with_too_few_of_an_outcome_is_left_out_and_said(trained):
    boosters, left_out = trained(*spread(2500), observed=(90, 90, 90), curve_days=(0.5, 7))
    assert boosters.keys() == {"churn_7d"}
    (why,) = left_out.values()
    assert why == ("of the rows back within 7 days, 11 were back within 0.5 and 135 were not, 100 of each are needed")


def test_a_longer_horizon_with_too_few_of_an_outcome_is_left_out_and_said(trained):
    _, left_out = trained(*spread(2500), observed=(90, 90, 90), curve_days=(31,))
    assert left_out == {
        "31": "of the rows not back within 30 days, 21 were back within 31 and 1,854 were not, 100 of each are needed"
    }


def test_a_large_base_is_sampled_by_user_and_the_same_way_twice(trained, monkeypatch):
    everybody, _ = trained(*spread(2500), observed=(90, 90, 90))
    monkeypatch.setattr("training.models.churn_curve.MOST", 500)
    some, again = (trained(*spread(2500), observed=(90, 90, 90))[0] for _ in range(2))
    assert some == again and some["churn_7d"] != everybody["churn_7d"]
