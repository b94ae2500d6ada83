"""Buckets hold everybody once, and nothing of them is left behind."""

from datetime import timedelta

import pytest

from features.build import known
from features.build.population import measure
from features.errors import BadInput
from serving.reports.by_bucket import by_bucket


def test_every_user_is_in_one_bucket_and_the_population_is_that_of_all(base, as_of):
    seen = []
    with by_bucket(base, as_of, ["order_count_30d"], "here", digits=1) as split:
        for _ in split.each():
            seen += base.con.to_pyarrow(known(split.part, as_of))["user_id"].to_pylist()
        assert measure(split.part, as_of) == measure(base, as_of)
    assert sorted(seen) == sorted(base.con.to_pyarrow(known(base, as_of))["user_id"].to_pylist())
    assert len(seen) == split.users
    assert not list((base.config.store_path / "work").glob("here-*"))


def test_few_users_are_one_bucket_read_in_place(base, as_of):
    with by_bucket(base, as_of, ["order_count_30d"], "here") as split:
        assert split.part is base and list(split.each()) == ["all"]


def test_a_date_before_everybody_is_said(base):
    early = base.tables.observed_from - timedelta(days=400)
    with pytest.raises(BadInput, match="no user is known then; take a later as-of"), by_bucket(base, early, [], "here"):
        pass
