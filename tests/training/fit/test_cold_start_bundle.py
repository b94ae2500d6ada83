"""A base too young to train has a bundle all the same: from histories alone, and scored like any other."""

import numpy as np
import pytest

from features.build import build
from features.catalogue.feature import parse
from features.errors import BadInput
from features.user_base import UserBase
from training.bundle import load, save
from training.classical import cold_start
from training.classical.purchase_history import histories
from training.fit.cold_start_bundle import bundle as early_bundle
from training.trained_model import SCORES


@pytest.fixture
def base(tables_of):
    """Forty days of 200 users who come at rates of their own."""
    rng, rows = np.random.default_rng(8), []
    for user in range(200):
        rate, first, last = rng.gamma(2, 0.1), rng.uniform(1, 40), rng.choice([0, 25])
        rows += [(user, first, 5 + user % 7)]
        rows += [(user, ago, 5 + user % 7) for ago in rng.uniform(0, first, rng.poisson(rate * first)) if ago > last]
    return tables_of(ahead=0, orders=["user_id ago amount", *rows])


@pytest.fixture
def bundle(con, config_of, base, cutoff):
    return early_bundle(UserBase(config_of(), con, base), cutoff)


@pytest.fixture
def table(con, config_of, base, bundle, cutoff):
    columns = [parse(name) for name in bundle.features]
    return build(UserBase(config_of(), con, base.tables), cutoff, columns).sort_by("user_id")


def test_its_scores_are_those_of_the_histories(con, config_of, base, bundle, table, cutoff):
    everybody = histories(UserBase(config_of(), con, base.tables), cutoff)
    expected = cold_start.score(everybody.frequency, everybody.recency, everybody.age, everybody.value, 30, 30)
    found = bundle.score(table)
    np.testing.assert_allclose(found["churn_risk"], expected["churn_risk"])
    np.testing.assert_allclose(found["expected_value"], expected["expected_value"])
    np.testing.assert_allclose(found["value_if_stays"] * (1 - found["churn_risk"]), found["expected_value"])
    assert (found.loc[found["churn_risk"] > 0.5, "tier"] == 0).all() and found["tier"].max() == 3
    order = np.argsort(found["expected_value"])
    assert (np.diff(found["value_rank"][order]) >= 0).all() and found["value_rank"].between(0, 1).all()


def test_it_is_kept_and_loaded_like_any_other(bundle, table, tmp_path):
    save(bundle, tmp_path / "bundle")
    found = load(tmp_path / "bundle")
    assert found == bundle and found.version == bundle.version and found.kind == "mbgnbd"
    assert found.score(table).equals(bundle.score(table)) and not list((tmp_path / "bundle").glob("*.txt"))


def test_it_gives_no_reasons_and_takes_nobody(bundle, table):
    assert not bundle.contributions(table).any()
    nobody = bundle.score(table.slice(0, 0))
    assert len(nobody) == 0 and set(SCORES) <= set(nobody.columns) and set(nobody.columns) == set(bundle.score(table))


def test_amounts_that_cannot_be_fitted_are_kept_as_their_mean(con, config_of, tables_of, cutoff, tmp_path):
    rows = [(user, ago, 9) for user in range(50) for ago in (5 + user % 9, 20 + user % 5)]
    found = early_bundle(UserBase(config_of(), con, tables_of(ahead=0, orders=["user_id ago amount", *rows])), cutoff)
    assert (found.cold_start.money, found.cold_start.mean) == (None, 9.0)
    save(found, tmp_path / "bundle")
    assert load(tmp_path / "bundle") == found


@pytest.mark.parametrize("ago, told", [(-1, "nobody was active before"), (70, "no user is eligible|nobody came twice")])
def test_nobody_to_score_is_told(con, config_of, tables_of, cutoff, ago, told):
    tables = tables_of(orders=["user_id ago amount", ("a", ago, 1), ("b", ago, 1)])
    with pytest.raises(BadInput, match=told):
        early_bundle(UserBase(config_of(), con, tables), cutoff)
