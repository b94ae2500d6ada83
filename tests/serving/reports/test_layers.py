from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from features.config import Layers
from features.config.sections import GroupSetting, LayerSetting
from features.errors import BadInput
from features.user_base import UserBase
from serving.reports.layers import CUTS, layered


@pytest.fixture(scope="module")
def found(base, tmp_path_factory):
    at = base.tables.observed_until
    return layered(base, at, tmp_path_factory.mktemp("layers"))


def test_every_known_user_has_a_group_in_every_layer(base, found):
    table = pq.read_table(found.files[0])
    assert table.column_names == ["user_id", *(layer.name for layer in found.layers)]
    assert table.num_rows == base.snapshot.manifest["users"]
    for layer in found.layers:
        assert set(table[layer.name].to_pylist()) <= {group.en for group in layer.groups}, layer.name


def test_risk_and_value_are_those_of_the_snapshot_of_that_date(base, found):
    groups = dict(zip(found.users["user_id"].to_pylist(), found.users["risk_value"].to_pylist(), strict=True))
    for row in base.snapshot.table(["user_id", "risk_band", "stay_tier"]).to_pylist()[:200]:
        wanted = f"{row['risk_band']} risk, {row['stay_tier']} value" if row["risk_band"] else "not scored"
        assert groups[row["user_id"]] == wanted


def test_without_a_snapshot_of_the_date_its_layers_are_left_out_and_named(base, tmp_path):
    at = base.tables.observed_until - timedelta(days=9)
    found = layered(base, at, tmp_path)
    assert found.without == ["risk_value"]
    assert "risk_value" not in found.users.column_names


def test_bucket_by_bucket_everybody_has_the_same_groups(base, found, tmp_path):
    split = layered(base, base.tables.observed_until, tmp_path, digits=1)
    assert split.users.sort_by("user_id").equals(found.users.sort_by("user_id"))
    assert split.users["user_id"].to_pylist() != found.users["user_id"].to_pylist()
    assert (split.counts, split.total, split.cuts) == (found.counts, found.total, found.cuts)
    for layer in found.layers:
        named = found.users[layer.name].to_pylist()
        assert all(found.counts[layer.name, group.en] == named.count(group.en) for group in layer.groups)


def test_cuts_are_kept_from_the_first_run_on_until_told_otherwise(base, tmp_path):
    at = base.tables.observed_until

    def cuts(days, recut=False):
        return layered(base, at - timedelta(days=days), tmp_path, ["rfm"], recut).cuts

    first = cuts(60)
    assert (tmp_path / CUTS).exists()
    assert cuts(0) == first
    assert cuts(0, recut=True) != first


def test_an_unknown_layer_is_named_with_its_cure(base, tmp_path):
    with pytest.raises(BadInput, match=r"no layer 'rmf'; did you mean 'rfm'\?"):
        layered(base, base.tables.observed_until, tmp_path, ["rmf"])


def test_a_layer_on_an_undated_region_is_for_the_end_of_the_logs_alone(base, tmp_path):
    group = [GroupSetting(name="northern", all=["region == 'north'"]), GroupSetting(name="others")]
    own = Layers(layer=[LayerSetting(name="regions", group=group)])
    config, end = base.config.model_copy(update={"layers": own}), base.tables.observed_until
    assert set(
        layered(UserBase(config, base.con, base.tables), end, tmp_path, ["regions"]).users["regions"].to_pylist()
    ) == {
        "northern",
        "others",
    }
    with pytest.raises(BadInput, match=r"feature 'region' as of .*: of users.region only today's value is known"):
        layered(UserBase(config, base.con, base.tables), end - timedelta(days=1), tmp_path, ["regions"])
    layered(
        UserBase(config, base.con, base.tables), end - timedelta(days=1), tmp_path, ["rfm"]
    )  # which asks for no region
