import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.config.layer_rules import Group, Layer, assign, kind, load_cuts, read, save_cuts, work_out, written
from features.config.sections import GroupSetting, LayerSetting
from features.errors import BadInput


def layer(*groups):
    return Layer("l", tuple(Group(name, name, tuple(read(text, "rule") for text in texts)) for name, *texts in groups))


ORDERS = layer(("big", "order_total >= mean"), ("some", "order_total >= 1"), ("none",))


def test_a_cut_is_worked_out_among_the_users_given_and_then_kept():
    values = {"order_total": np.array([0.0, 2.0, 4.0, np.nan])}
    cuts = work_out([ORDERS], values, np.array([False, True, True, True]), {})
    assert cuts == {"order_total mean": 3.0}
    assert work_out([ORDERS], {"order_total": np.array([99.0])}, np.array([True]), cuts) == cuts
    assert assign(ORDERS, values, cuts, 4).tolist() == [2, 1, 0, 2]


def test_percentiles_cut_where_numpy_says():
    top = layer(("top", "order_total > p80"), ("rest",))
    cuts = work_out([top], {"order_total": np.arange(11.0)}, np.ones(11, bool), {})
    assert cuts == {"order_total p80": 8.0}
    assert assign(top, {"order_total": np.array([8.0, 8.5])}, cuts, 2).tolist() == [1, 0]


def test_where_nobody_has_a_value_nobody_passes_and_nothing_is_kept(tmp_path):
    values = {"order_total": np.array([np.nan, 3.0])}
    cuts = work_out([ORDERS], values, np.array([True, False]), {})
    assert np.isnan(cuts["order_total mean"])
    assert assign(ORDERS, values, cuts, 2).tolist() == [2, 1]
    save_cuts(tmp_path / "cuts.json", cuts, "2026-01-01")
    assert load_cuts(tmp_path / "cuts.json") == {}


def test_cuts_come_back_as_they_were_and_a_damaged_file_is_told_in_one_line(tmp_path):
    file = tmp_path / "deep" / "cuts.json"
    assert load_cuts(file) == {}
    save_cuts(file, {"order_total mean": 1.25}, "2026-01-01")
    assert load_cuts(file) == {"order_total mean": 1.25}
    assert json.loads(file.read_text())["as_of"] == "2026-01-01"
    file.write_text("{")
    with pytest.raises(BadInput, match=r"cuts.json: cannot be read as kept cuts; remove it"):
        load_cuts(file)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("order_total >= p0", "'p0' is the smallest value"),
        ("order_totals >= mean", "no feature 'order_totals'; did you mean"),
        ("risk_band >= mean", "'risk_band' is a text and 0 is not"),
        ("order_total ~ 3", "is no comparison"),
        ("risk_bands == 'high'", "no feature 'risk_bands'; did you mean 'risk_band'?"),
    ],
)
def test_a_wrong_test_is_refused_with_where_it_stands(text, says):
    with pytest.raises(BadInput) as error:
        read(text, "holdfast.toml: here")
    assert str(error.value).startswith("holdfast.toml: here: ")
    assert says in str(error.value)


def setting(*groups, name="own"):
    return LayerSetting(name=name, group=[GroupSetting(name=name, all=texts) for name, *texts in groups])


def test_layers_of_ones_own_are_read():
    (own,) = written([setting(("often", "order_total >= p90"), ("rest",))], "holdfast.toml")
    assert own.names == ("order_total",)
    assert [group.en for group in own.groups] == ["often", "rest"]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ([setting(("a", "order_total >= 1"), ("b", "order_total >= 0"))], "layer[0].group[1]: 'b' does not match all"),
        ([setting(("a",), ("b",))], "layer[0].group[1]: nobody can be in 'b'"),
        (
            [setting(("a", "order_total >= 1"), ("b", "order_total > 2"), ("c",))],
            "layer[0].group[1]: nobody can be in 'b': every row that it matches is taken by number 0",
        ),
        ([setting(("a", "order_total >= 1"), ("b",)), setting(("a", "order_total >= 1"), ("b",))], "layer[1].name"),
        ([setting(("a", "orders >= 1"), ("b",))], "layers.layer[0].group[0].all[0]: no feature 'orders'"),
    ],
)
def test_a_wrong_layer_is_refused_with_key_value_and_cure(settings, says):
    with pytest.raises(BadInput) as error:
        written(settings, "holdfast.toml")
    assert str(error.value).startswith("holdfast.toml: layers.layer[")
    assert says in str(error.value)


def test_a_snapshot_tells_band_and_tier_and_features_are_numbers():
    assert kind("risk_band") == kind("value_tier") == kind("stay_tier") == "text"
    assert kind("order_total") == "number"


numbers = st.one_of(st.floats(-5, 5), st.just(float("nan")))
texts = st.builds(
    lambda test, cut: f"order_total {test} {cut}",
    st.sampled_from([">=", "<", ">"]),
    st.sampled_from(["mean", "p30", "1"]),
)


@given(st.lists(st.lists(texts, max_size=2), max_size=4), st.lists(numbers, min_size=1, max_size=9))
def test_every_user_is_in_exactly_one_group(rules, column):
    made = layer(*((f"g{place}", *rule) for place, rule in enumerate(rules)), ("rest",))
    values = {"order_total": np.array(column)}
    cuts = work_out([made], values, np.ones(len(column), bool), {})
    codes = assign(made, values, cuts, len(column))
    assert ((codes >= 0) & (codes <= len(rules))).all()
