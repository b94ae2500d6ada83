import json

import pytest

from features.groups.layer_cuts import kept_cuts
from features.user_base import UserBase

LAYER = {"name": "much", "group": [{"name": "much", "all": ["order_count_30d > mean"]}, {"name": "rest"}]}


@pytest.fixture
def base(con, config_of, tables_of):
    rows = ["user_id ago amount", ("a", 1, 5), ("a", 2, 5), ("a", 3, 5), ("b", 4, 5), ("c", 50, 5)]
    return UserBase(config_of(layers={"layer": [LAYER]}), con, tables_of(orders=rows))


def much(base):
    return [one for one in base.config.groupings() if one.name == "much"]


def test_cuts_are_worked_out_from_everybody_once_and_kept(base, cutoff, tmp_path):
    assert kept_cuts(base, cutoff, much(base), tmp_path) == {"order_count_30d mean": pytest.approx(4 / 3, abs=1e-6)}
    kept = json.loads((tmp_path / "cuts.json").read_text())
    assert kept["as_of"] == cutoff.isoformat()
    kept["cuts"] = {"order_count_30d mean": 7.5, "other p80": 2.0}
    (tmp_path / "cuts.json").write_text(json.dumps(kept))
    assert kept_cuts(base, cutoff, much(base), tmp_path) == kept["cuts"]


def test_layers_without_cuts_look_nobody_up_and_write_nothing(base, cutoff, tmp_path):
    assert kept_cuts(base, cutoff, [], tmp_path) == {} and not list(tmp_path.iterdir())
