"""The churn curve: a model a horizon where the logs allow one, none that contradicts another, H itself untouched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.models import boost
from training.models.churn_curve import describe, in_line, name, others, predict, train

PROBABILITY = st.floats(0, 1)


@st.composite
def curves(draw):
    """Risks of a few users at a few horizons, and which of these is H."""
    users, horizons = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    return draw(arrays(float, (users, horizons), elements=PROBABILITY)), draw(st.integers(0, horizons - 1))


@given(curve=curves())
def test_no_risk_goes_up_with_the_horizon_and_that_of_h_stays(curve):
    risk, at = curve
    found = in_line(risk, at)
    assert (np.diff(found, axis=1) <= 0).all() and (np.diff(1 - found, axis=1) >= 0).all()
    assert found[:, at].tolist() == risk[:, at].tolist()


@given(curve=curves())
def test_a_curve_that_is_in_line_already_stays_as_it_is(curve):
    risk, at = curve
    falling = np.sort(risk, axis=1)[:, ::-1]
    assert in_line(falling, at).tolist() == falling.tolist()


def test_the_others_are_brought_in_line_outwards_from_h():
    assert in_line(np.array([[0.9, 0.4, 0.5, 0.7, 0.2]]), 2).tolist() == [[0.9, 0.5, 0.5, 0.5, 0.2]]


def test_horizons_are_read_off_the_boosters_names():
    assert others(["churn", "churn_30d", "tier", "churn_7d", "churn_3.5d", "churn_xd", "churn_7days"]) == (3.5, 7, 30)
    assert [name(days) for days in (7.0, 3.5)] == ["churn_7d", "churn_3.5d"] and others([]) == ()


def test_scores_are_named_by_their_horizon_and_h_is_not_among_them():
    raw = {"churn_7d": [0.2, 0.9], "churn_60d": [0.4, 0.1]}
    found = predict(dict.fromkeys(raw, "text"), 30, lambda one: np.array(raw[one]), np.array([0.3, 0.3]))
    assert {one: risk.tolist() for one, risk in found.items()} == {"churn_7d": [0.3, 0.9], "churn_60d": [0.3, 0.1]}
    assert predict({}, 30, lambda _: np.empty(0), np.array([0.3])) == {}


# Which horizons can be learned


@pytest.fixture
def trained(config_of, rows_of, cutoff):
    """trained(returned, cutoff, observed, curve_days): boosters and what was left out, for H = 30."""

    def make(returned, at, observed, curve_days=(7, 60)):
        cutoffs = (cutoff,) * len(observed)
        features = {"x": np.nan_to_num(returned, nan=99)}
        rows = rows_of(cutoff=at, cutoffs=cutoffs, returned=returned, observed=observed, **features)
        config = config_of(churn={"curve_days": list(curve_days)})
        data = boost.dataset(rows.matrix(["x"]), ["x"])
        return train(config, data, rows, threads=1, weight=None)

    return make


def spread(count, cutoffs=3):
    """Days until the return, 0 to 90 and none after, of users spread evenly over the cutoffs."""
    days = np.linspace(0, 120, count)
    return np.where(days < 90, days, np.nan), np.arange(count) % cutoffs


def test_a_model_learns_who_is_back_by_its_horizon(trained):
    boosters, left_out = trained(*spread(2500), observed=(90, 90, 90))
    assert boosters.keys() == {"churn_7d", "churn_60d"} and left_out == {}
    for days in (7, 60):
        early, late = boost.predict(boosters[name(days)], np.array([[days - 2.0], [days + 2.0]]), 1)
        assert early < 0.3 and late > 0.7, days


def test_a_horizon_with_too_few_closed_windows_is_left_out_and_said(trained):
    boosters, left_out = trained(*spread(2500), observed=(90, 60, 59.9))
    assert boosters.keys() == {"churn_7d"}
    assert left_out == {"60": "its window has closed at 2 cutoffs, 3 are needed"}
    said = describe(30, boosters, left_out)
    assert said == "churn curve: 7, 30 days; without 60: its window has closed at 2 cutoffs, 3 are needed"


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
    assert left_out == {"0.5": "2,489 rows churned and 11 stayed, 100 of each are needed"}


def test_a_large_base_is_sampled_by_user_and_the_same_way_twice(trained, monkeypatch):
    everybody, _ = trained(*spread(2500), observed=(90, 90, 90))
    monkeypatch.setattr("training.models.churn_curve.MOST", 1900)
    some, again = (trained(*spread(2500), observed=(90, 90, 90))[0] for _ in range(2))
    assert some == again and some["churn_7d"] != everybody["churn_7d"]
