import numpy as np
import pyarrow as pa
import pytest

from features.build import look_up as lookup
from features.build.look_up import look_up, prepare
from features.user_base import UserBase


def test_features_come_in_the_order_of_the_users_asked_for(con, config_of, tables_of, cutoff):
    config = config_of()
    tables = tables_of(orders=["user_id ago amount", ("a", 3, 5), ("b", 0, 5), ("b", 7, 5), ("b", 8, 5)])
    users = pa.table({"user_id": ["nobody", "b", "a"]})
    found = look_up(
        UserBase(config, con, tables),
        cutoff,
        users,
        prepare(UserBase(config, con, tables), ["order_count_7d", "gap_mean"]),
    )
    assert found["order_count_7d"].tolist() == [0.0, 1.0, 1.0]
    assert np.isnan(found["gap_mean"][[0, 2]]).all()
    assert found["gap_mean"][1] == 1.0


def test_the_population_is_measured_only_where_a_feature_needs_it(con, config_of, tables_of, cutoff, monkeypatch):
    config, tables = config_of(), tables_of(orders=["user_id ago amount", ("a", 3, 5)])
    assert not prepare(UserBase(config, con, tables), ["order_count_7d", "silence_ratio"]).everybody
    needed = prepare(UserBase(config, con, tables), ["silence_to_shrunk"])  # through gap_shrunk
    assert needed.everybody
    monkeypatch.setattr(lookup, "measure", lambda *_: pytest.fail("measured"))
    with pytest.raises(pytest.fail.Exception, match="measured"):
        look_up(UserBase(config, con, tables), cutoff, pa.table({"user_id": ["a"]}), needed)
