import numpy as np
import pyarrow as pa

from features.config.layer_rules import Group, Layer, read
from serving.reports.work.layer_groups import groups


def test_users_are_in_the_first_group_that_matches_and_counted_there():
    layer = Layer("often", (Group("many", "多", (read("order_count_30d > mean", "here"),)), Group("few", "少", ())))
    cuts, users = {layer.tests[0].key: 2.0}, pa.chunked_array([["a", "b", "c"]])
    table, counts = groups([layer], cuts, users, {"order_count_30d": np.array([3.0, 2.0, np.nan])})
    assert table.to_pydict() == {"user_id": ["a", "b", "c"], "often": ["many", "few", "few"]}
    assert counts == {("often", "many"): 1, ("often", "few"): 2}
