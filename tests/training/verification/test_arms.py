import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInput
from training.verification.arms import arms, arms_of, covariates, log_scale, outcome


@pytest.fixture(scope="module")
def users():
    rng, n = np.random.default_rng(3), 3_000
    churned = rng.random(n) < 0.3
    risk, expected = rng.random(n), rng.lognormal(2, 1, n) - 1
    risk[:200], expected[100:300] = np.nan, np.nan
    return {
        "treated": rng.random(n) < 0.8,
        "churned": churned,
        "value": rng.lognormal(2, 1, n) * ~churned,
        "risk": risk,
        "expected_value": expected,
        "cluster": rng.integers(0, 400, n),
    }


def table(users):
    columns = {name: pa.array(column, from_pandas=True) for name, column in users.items() if name != "treated"}
    return pa.table(columns | {"arm": np.where(users["treated"], "treatment", "holdout")})


@pytest.fixture(scope="module")
def relation(con, users):
    return con.create_table("assigned", table(users), temp=True, overwrite=True)


@pytest.fixture(scope="module")
def both(con, relation, users):
    return arms(**users, cap=20.0), arms_of(con, relation, cap=20.0, cluster="cluster")


@pytest.mark.parametrize("name", ["churn", "value", "capped"])
@pytest.mark.parametrize("arm", ["treatment", "holdout"])
def test_one_pass_in_the_engine_gives_the_sums_of_arrays(both, name, arm):
    here, there = (vars(getattr(getattr(one, name), arm)) for one in both)
    assert there == pytest.approx(here)


@pytest.mark.parametrize("name", ["churn", "value", "capped"])
def test_clusters_of_the_engine_are_those_of_arrays(both, name):
    here, there = (getattr(one, name).clusters for one in both)
    assert there.count == here.count > 390 and here.crossed and there.crossed
    np.testing.assert_allclose(there.products, here.products)


def test_what_was_known_before_is_the_same_either_way(both):
    for here, there in zip(both[0].before, both[1].before, strict=True):
        assert there.names == here.names == ("risk", "log expected value", "no score") and there.n == here.n
        np.testing.assert_allclose(there.sums, here.sums)
        np.testing.assert_allclose(there.products, here.products)


def test_users_without_a_score_keep_their_outcome_and_stand_at_the_mean(users):
    known = ~(np.isnan(users["risk"]) | np.isnan(users["expected_value"]))
    found = arms(**users)
    assert found.churn.treatment.n + found.churn.holdout.n == len(known) and (~known).sum() == 300
    assert found.churn.treatment.y + found.churn.holdout.y == users["churned"].sum()
    mean = (found.churn.treatment.x + found.churn.holdout.x) / len(known)
    assert mean == pytest.approx(users["risk"][known].mean())


def test_without_missing_scores_and_cap_there_is_neither(con, users):
    whole = {name: column[300:] for name, column in users.items()}
    found = arms_of(con, con.create_table("whole", table(whole), temp=True, overwrite=True))
    assert found.capped is None and found.cap is None and found.churn.clusters is None
    assert found.before[0].names == ("risk", "log expected value")


def test_another_arm_and_an_open_window_are_refused(con, relation):
    with pytest.raises(BadInput, match="3,000 assigned users have an arm that is neither"):
        arms_of(con, relation.mutate(arm=relation.arm.upper()))
    with pytest.raises(BadInput, match="have no outcome; wait until"):
        arms_of(con, relation.mutate(churned=(relation.churned == False).nullif(True)))  # noqa: E712


def test_an_outcome_that_is_no_number_is_refused():
    with pytest.raises(BadInput, match="1 outcomes are null"):
        outcome(np.array([True, False]), np.array([1.0, np.nan]))


def test_clusters_in_one_arm_each_are_not_crossed():
    treated = np.array([True, True, False, False])
    assert not outcome(treated, np.ones(4), cluster=np.array(["a", "a", "b", "c"])).clusters.crossed
    assert outcome(treated, np.ones(4), cluster=np.array(["a", "b", "b", "c"])).clusters.crossed


def test_covariates_by_hand():
    first, second = covariates(("x",), np.array([True, True, False]), np.array([[1.0], [3.0], [np.nan]]))
    assert (first.n, first.sums[0], first.products[0, 0]) == (2, 4.0, 10.0)
    assert (second.n, second.sums[0], second.products[0, 0]) == (1, 2.0, 4.0)  # the mean of who is known


def test_the_log_scale_is_odd():
    assert log_scale(np.array([-1.0, 0.0, 1.0])) == pytest.approx([-np.log(2), 0.0, np.log(2)])
