import numpy as np
import pytest

from features.config.default_layers import RFM, layers
from features.config.layer_rules import assign, work_out
from features.config.sections import GroupSetting, Layers, LayerSetting, Rfm
from features.errors import BadInput

RISKS, TIERS = ["low", "medium", "high"], ["none", "low", "mid", "high"]


def made(settings=None, tables=("orders", "events", "points"), posts=True):
    found = layers(settings or Layers(), 30.0, tables, posts, RISKS, TIERS, "holdfast.toml")
    return {layer.name: layer for layer in found}


def groups_of(layer, cuts=None, **values):
    columns = {
        name: np.array(column, dtype=object if isinstance(column[0], str) else float) for name, column in values.items()
    }
    rows = len(next(iter(columns.values())))
    found = cuts or work_out([layer], columns, np.ones(rows, bool), {})
    return [layer.groups[code].en for code in assign(layer, columns, found, rows)]


def test_a_layer_is_there_where_its_tables_are():
    assert set(made()) == {"rfm", "risk_value", "half_year_orders", "order_value", "high_value", "points"}
    assert set(made(tables=("events",), posts=False)) == {"rfm", "risk_value"}
    assert "high_value" not in made(posts=False)


def test_the_eight_classical_classes_follow_from_three_cuts():
    rows = [(r, f, m) for r in (1, 99) for f in (9, 1) for m in (900, 1)]
    recency, frequency, money = zip(*rows, strict=True)
    found = groups_of(made()["rfm"], active_total=frequency, days_since_active=recency, order_amount_total=money)
    assert found == [RFM[r == 1, f == 9, m == 900][0] for r, f, m in rows]
    assert len(set(found)) == 8


def test_who_was_never_active_is_in_no_rfm_class():
    cuts = {"days_since_active mean": 5.0, "active_total mean": 2.0, "order_amount_total mean": 10.0}
    given = {"active_total": [0.0], "days_since_active": [np.nan], "order_amount_total": [0.0]}
    assert groups_of(made()["rfm"], cuts, **given) == ["never active"]


def test_rfm_can_be_cut_by_fixed_bounds_and_percentiles():
    own = Layers(
        rfm=Rfm(recency="days_since_order <= 30", frequency="order_count_90d >= p50", monetary="order_amount_90d > 100")
    )
    layer = made(own)["rfm"]
    assert layer.names == ("active_total", "days_since_order", "order_count_90d", "order_amount_90d")
    given = {
        "active_total": [1, 1],
        "days_since_order": [30, 31],
        "order_count_90d": [4, 2],
        "order_amount_90d": [101, 100],
    }
    assert groups_of(layer, **given) == ["important, to value", "general, to win back"]


def test_half_year_orders_are_none_one_two_to_five_or_more():
    found = groups_of(made()["half_year_orders"], order_count_182d=[0, 1, 2, 5, 6])
    assert found == ["0", "1", "2 to 5", "2 to 5", "more than 5"]


def test_order_value_has_a_place_for_users_without_an_order():
    cuts = {"order_amount_mean p80": 80.0, "order_amount_mean p50": 50.0}
    given = {"order_amount_mean": [80.0, 50.0, 1.0, np.nan], "order_total": [1, 1, 1, 0]}
    assert groups_of(made()["order_value"], cuts, **given) == ["high", "mid", "low", "no order"]


def test_risk_and_value_are_crossed_and_who_is_not_scored_stands_apart():
    layer = made()["risk_value"]
    assert len(layer.groups) == 10
    columns = {
        "risk_band": np.array(["high", "low", None], dtype=object),
        "stay_tier": np.array(["high", "low", None], dtype=object),
    }
    found = [layer.groups[code].en for code in assign(layer, columns, {}, 3)]
    assert found == ["high risk, high value", "low risk, low value", "not scored"]


def test_no_cell_of_risk_and_value_is_one_that_nobody_can_be_in():
    # Nobody is of the first tier, no value, if they stay.
    assert not [group.en for group in made()["risk_value"].groups if "none" in group.en]


def test_buyers_and_posters_are_screened():
    cuts = {"post_count_182d p80": 3.0}
    found = groups_of(made()["high_value"], cuts, order_count_182d=[2, 2, 1, 0], post_count_182d=[3, 0, 4, 0])
    assert found == ["buys and posts", "buys", "posts", "neither"]


def test_nobody_who_never_posts_is_a_poster():
    """Where fewer than a fifth of the users post, the 80th percentile is 0, which everybody reaches."""
    cuts = {"post_count_182d p80": 0.0}
    found = groups_of(made()["high_value"], cuts, order_count_182d=[2, 0, 0], post_count_182d=[0, 0, 1])
    assert found == ["buys", "neither", "posts"]


def test_the_points_module_finds_who_does_not_use_it():
    cuts = {
        "points_balance p80": 100.0,
        "points_earned_30d p80": 50.0,
        "points_earned_30d p50": 10.0,
        "points_claimed_30d p50": 5.0,
        "active_count_30d p80": 8.0,
    }
    given = {
        "points_balance": [100, 0, 0, 0],
        "points_spent_30d": [0, 1, 0, 0],
        "points_earned_30d": [60, 50, 9, 20],
        "points_claimed_30d": [0, 4, 0, 9],
        "active_count_30d": [9, 1, 8, 9],
    }
    expected = ["high balance, no spending", "high earning, low claiming", "high activity, low earning", "others"]
    assert groups_of(made()["points"], cuts, **given) == expected


def test_a_layer_of_ones_own_replaces_its_namesake_and_is_refused_when_wrong():
    groups = [GroupSetting(name="any", all=["order_total >= 1"]), GroupSetting(name="none")]
    own = made(Layers(layer=[LayerSetting(name="order_value", group=groups)]))
    assert [group.en for group in own["order_value"].groups] == ["any", "none"]
    assert len(own) == 6
    with pytest.raises(
        BadInput, match=r"holdfast.toml: layers.rfm.recency: no feature 'days_since_activ'; did you mean"
    ):
        made(Layers(rfm=Rfm(recency="days_since_activ <= mean")))
