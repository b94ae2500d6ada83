"""The only scoring there is: rows of features in, scores out."""

import re
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.errors import BadInput
from training.models.lifetime import COLUMNS
from training.trained_model import SCORES, quantiles


def test_the_version_names_what_the_bundle_computes(bundle):
    assert re.fullmatch("[0-9a-f]{12}", bundle.version)
    assert replace(bundle, metrics={"a": 1}, trained_on={}).version == bundle.version
    for change in (
        {"boosters": dict(bundle.boosters) | {"churn": bundle.boosters["rank"]}},
        {"bounds": replace(bundle.bounds, smearing=2.0)},
        {"risk_quantiles": bundle.risk_quantiles[::-1]},
        {"lifetime": None},
        {"lifetime": replace(bundle.lifetime, closed=3)},
    ):
        assert replace(bundle, **change).version != bundle.version


def test_a_percentile_is_exact_to_a_tenth():
    found = quantiles(np.linspace(0, 1, 11))
    assert len(found) == 1001 and found[345] == pytest.approx(0.345) and (found[0], found[-1]) == (0, 1)


# Scoring


def test_scores_are_of_their_kind(bundle, table):
    found = bundle.score(table)
    assert tuple(found.columns) == (*SCORES, "churn_7d", "churn_60d", *COLUMNS) and len(found) == 50
    assert bundle.curve == (7, 30, 60)
    assert found["churn_risk"].between(0, 1, inclusive="neither").all() and found["value_rank"].between(0, 1).all()
    assert (found[["expected_value", "value_if_stays"]] >= 0).all(axis=None)
    assert set(found["tier"]) <= {0, 1, 2, 3}


def test_columns_are_found_by_name(bundle, table):
    shuffled = table[list(table.columns[::-1])].assign(user_id="someone", unused=1)
    assert bundle.score(shuffled).equals(bundle.score(table))
    assert bundle.score(pa.Table.from_pandas(shuffled)).equals(bundle.score(table))


def test_rows_do_not_depend_on_each_other_nor_on_threads(bundle, table):
    expected = bundle.score(table, 1)
    assert bundle.score(table, 2).equals(expected)
    one = bundle.score(table.iloc[[7]]).reset_index(drop=True)
    assert one.equals(expected.iloc[[7]].reset_index(drop=True))


def test_numbers_of_any_kind_are_the_same_numbers(bundle, table):
    name, other = bundle.features[0], bundle.features[1]
    whole = table.assign(**{name: np.arange(50.0) % 2, other: np.nan})
    expected = bundle.score(whole)
    for ones in ("int64", "Int64", "bool", "boolean", "float32", "object"):
        assert bundle.score(whole.assign(**{name: whole[name].astype(ones)})).equals(expected), ones
    arrow = pa.Table.from_pandas(whole)
    for index, column in enumerate(
        [pa.array([Decimal(n % 2) for n in range(50)]), pa.chunked_array([pa.array([n % 2 for n in range(50)])])]
    ):
        assert bundle.score(arrow.set_column(0, name, column)).equals(expected), index
    assert bundle.score(arrow.set_column(1, other, pa.nulls(50))).equals(expected)
    assert bundle.score(whole.assign(**{other: pd.NA})).equals(expected)


BAD = {
    "text": ["a"] * 50,
    "numbers as text": ["1"] * 50,
    "mixed": [1, "a"] * 25,
    "times": pd.date_range("2026-01-01", periods=50),
    "categories": pd.Categorical(["a"] * 50),
    "lists": [[1]] * 50,
}


@pytest.mark.parametrize("values", BAD.values(), ids=BAD.keys())
def test_what_is_not_a_number_is_refused(bundle, table, values):
    name = bundle.features[3]
    expected = f"features: '{name}' holds something that is not a number; send numbers or null"
    bad = table.assign(**{name: pd.Series(values)})
    with pytest.raises(BadInput, match=f"^{re.escape(expected)}$"):
        bundle.score(bad)
    if len({type(value) for value in values}) == 1:  # Arrow has no mixed columns
        with pytest.raises(BadInput, match=f"^{re.escape(expected)}$"):
            bundle.score(pa.Table.from_pandas(bad))


@pytest.mark.parametrize("kind", [pd.DataFrame, pa.Table.from_pandas])
def test_a_missing_column_is_named(bundle, table, kind):
    first, second = bundle.features[2], bundle.features[5]
    expected = f"features: 2 missing, first '{first}'; send every feature that the model lists"
    with pytest.raises(BadInput, match=f"^{re.escape(expected)}$"):
        bundle.score(kind(table.drop(columns=[second, first])))


def test_a_column_that_stands_twice_is_refused(bundle, table):
    name = bundle.features[0]
    twice = pd.concat([table, table[[name]]], axis=1)
    for bad in (twice, pa.Table.from_arrays([pa.array(twice.iloc[:, i]) for i in range(twice.shape[1])], [*twice])):
        with pytest.raises(BadInput, match=f"^features: '{name}' stands 2 times; send it once$"):
            bundle.score(bad)


def test_nobody_has_no_scores(bundle, table):
    for empty in (table.head(0), pa.Table.from_pandas(table.head(0)), pa.table({name: [] for name in bundle.features})):
        found = bundle.score(empty)
        assert len(found) == 0 and (found.dtypes == bundle.score(table).dtypes).all()
        assert bundle.contributions(empty).shape == (0, len(bundle.features))


def test_contributions_add_up_to_the_risk(bundle, table):
    found = bundle.contributions(table)
    risk = bundle.score(table)["churn_risk"].to_numpy()
    assert found.shape == (50, len(bundle.features))
    base = np.log(risk / (1 - risk)) - found.sum(axis=1)
    assert base == pytest.approx(np.full(50, base[0]), abs=1e-9)
