"""A predictor says the same of a user in SQL as in Python, whatever is not known of them."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from serving.campaigns.saves.uplift_sql import NUMBERS, column_of, missing, needs, predictor_sql
from training.verification.uplift import learn, restore

NAMES = (*NUMBERS, "stage=lapsed_1", "channel=it's")


@pytest.fixture(scope="module")
def taught():
    """A table of users with nulls and skewed amounts, and what a trial on them taught."""
    rng, users = np.random.default_rng(5), 2000
    columns = {of: rng.lognormal(0, 2, users) for of, _ in NUMBERS.values()} | {"churn_risk": rng.random(users)}
    columns = {name: np.where(rng.random(users) < 0.1, np.nan, one) for name, one in columns.items()}
    columns |= {"stage": rng.choice(["lapsed_1", "loyal"], users), "channel": rng.choice(["it's", "ads"], users)}
    risk = columns["churn_risk"]
    x = [risk * (1 - risk) if name == "doubt" else columns[of] for name, (of, _) in NUMBERS.items()]
    x += [columns["stage"] == "lapsed_1", columns["channel"] == "it's"]
    treated = rng.random(users) < 0.5
    stays = rng.random(users) < 0.3 + 0.4 * treated * (columns["channel"] == "it's")
    x = np.column_stack(x).astype(float)
    table = pa.table({name: pa.array(one, from_pandas=True) for name, one in columns.items()})
    return table, x, learn(x, treated, stays, 0.5, NAMES).predictor


@pytest.mark.parametrize("what", ["uplift", "response"])
def test_sql_says_the_same_as_the_predictor_from_json(taught, what):
    table, x, predictor = taught
    assert predictor.design.logs and predictor.design.missing
    with duckdb.connect() as con:
        con.register("people", table.append_column("place", pa.array(range(len(table)))))
        rows = con.execute(f"SELECT {predictor_sql(predictor, what)} FROM people ORDER BY place").fetchnumpy()
    (found,) = rows.values()
    assert np.ptp(found) > 0.1
    np.testing.assert_allclose(found, restore(predictor.plain())(x, what), atol=1e-9)


def test_a_column_that_is_not_there_is_named():
    assert needs(NAMES)[-2:] == ("stage", "channel") and column_of("doubt") == "churn_risk"
    assert needs(NAMES).count("churn_risk") == 1
    assert missing(NAMES, needs(NAMES)) is None
    assert missing(NAMES, [one for one in needs(NAMES) if one != "stage"]) == "stage"
