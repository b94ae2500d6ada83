"""A feature says what it is where it stands, or the import fails and says what to write."""

import pytest

from features.catalogue.feature import LADDER, NAMED, FeatureColumn, feature, ladder, parse, span_name
from features.errors import BadInput

H_DAYS = [1, 2, 7, 56 / 24, 10, 13.5, 14, 28, 30, 90, 365]


def documented(orders):
    """Orders."""


def test_a_contract_is_kept(registry):
    contract = dict(unit="orders", dtype="int64", empty=0, powers=(0,), needs=("orders.items",), zh="试验的订单。")

    @feature(table="orders", **contract)
    def trial(orders, inside):
        """Orders
        on trial."""

    one = registry["trial"]
    assert (one.name, one.table, one.per, one.unit, one.dtype) == ("trial", "orders", "row", "orders", "int64")
    assert (one.null, one.empty, one.powers, one.needs) == (None, 0, (0,), ("orders.items",))
    assert (one.meaning, one.zh, one.kinds) == ("Orders on trial.", "试验的订单。", None)
    assert one.spanned and one.uses == ()


def test_a_feature_of_features_is_per_user_and_knows_its_parts(registry):
    @feature(unit="ratio", null="never", zh="试验。")
    def trial(order_count, gap_mean, days, horizon, population):
        """A trial."""

    assert registry["trial"].per == "user"
    assert registry["trial"].uses == ("order_count", "gap_mean")


def bare(orders):
    pass


def taken(orders):
    """Orders."""


taken.__name__ = "order_count"


def ends_7d(orders):
    """Orders."""


def of_kind(orders, where):
    """Orders."""


REFUSED = {
    "no Chinese": (
        documented,
        dict(table="orders", unit="x", empty=0, zh=""),
        "needs zh=, the same sentence in Chinese",
    ),
    "no Chinese in it": (documented, dict(table="orders", unit="x", empty=0, zh="Orders."), "needs zh="),
    "kinds that nobody may ask for": (of_kind, dict(table="orders", unit="x", empty=0), "needs kinds="),
    "kinds of orders": (
        documented,
        dict(table="orders", unit="x", empty=0, kinds=()),
        "needs rows of events, or 'kind'",
    ),
    "rows for runs": (documented, dict(table="orders", per="run", unit="x", empty=0), "'runs' as first parameter"),
    "no docstring": (bare, dict(table="orders", unit="x", empty=0), "needs a docstring that says what it is"),
    "no unit": (documented, dict(table="orders", empty=0), "needs unit=;"),
    "no meaning of null": (documented, dict(table="orders", unit="x"), "needs either null=.* or empty="),
    "an empty meaning of null": (documented, dict(table="orders", unit="x", null=""), "needs either null=.* or empty="),
    "two meanings": (documented, dict(table="orders", unit="x", null="a", empty=0), "needs either null=.* or empty="),
    "a name that is taken": (taken, dict(table="orders", unit="x", empty=0), "another name, 'order_count' is taken"),
    "a name like a window": (
        ends_7d,
        dict(table="orders", unit="x", empty=0),
        "a name that does not end like a window",
    ),
    "another table first": (documented, dict(table="events", unit="x", empty=0), "'events' as first parameter"),
    "rows for gaps": (documented, dict(table="orders", per="gap", unit="x", empty=0), "'gaps' as first parameter"),
    "no such table": (documented, dict(table="order", unit="x", empty=0), "a table of activity, posts, .*, orders"),
}


@pytest.mark.parametrize("function, contract, needed", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_whole_is_refused(registry, function, contract, needed):
    before = dict(registry)
    with pytest.raises(TypeError, match=needed) as caught:
        feature(**{"zh": "订单。"} | contract)(function)
    # It says where to write it, and nothing half-made stays behind.
    assert function.__name__ in str(caught.value) and "write it where the function stands" in str(caught.value)
    assert registry == before


def test_every_feature_is_made_of_features_that_exist(registry):
    assert {name: [part for part in one.uses if part not in registry] for name, one in registry.items()} == {
        name: [] for name in registry
    }


LADDERS = {
    90: [11, 22, 45, 90, 180, 360, 720],
    365: [46, 91, 182, 365, 730, 1460, 2920],
    28: [4, 7, 14, 28, 56, 112, 224],
    14: [2, 4, 7, 14, 28, 56, 112],
    7: [21 / 24, 42 / 24, 3.5, 7, 14, 28, 56],
    1: [3 / 24, 6 / 24, 0.5, 1, 2, 4, 8],
    1 / 24: [2 / 24, 4 / 24, 8 / 24],  # windows under two steps are dropped
}


@pytest.mark.parametrize("horizon", LADDERS)
def test_the_ladder_follows_the_horizon(horizon):
    assert ladder(horizon) == LADDERS[horizon]


def test_a_feature_may_take_part_of_the_ladder():
    assert ladder(90, (-1, 0)) == [45, 90]
    assert ladder(15, (-3,)) == [2]


@pytest.mark.parametrize("horizon", H_DAYS)
def test_a_window_is_the_same_number_by_its_name(registry, horizon):
    # 7 hours as 7 · (1/24) are less than 7/24 of a day: the row at the window's first instant would be left out.
    for days in ladder(horizon, LADDER):
        column = FeatureColumn(registry["order_count"], days)
        assert parse(column.name) == column


@pytest.mark.parametrize("days, name", [(90, "90d"), (1, "1d"), (21 / 24, "21h"), (3.5, "84h"), (24 / 24, "1d")])
def test_windows_have_short_names(days, name):
    assert span_name(days) == name


def test_any_window_may_be_named(registry):
    column = parse("active_days_7d")
    assert (column.feature.name, column.days, column.name) == ("active_days", 7, "active_days_7d")
    assert parse("active_days_36h").days == 1.5
    assert parse("days_since_active") == FeatureColumn(registry["days_since_active"])


def test_a_feature_may_be_told_by_kind_of_event(registry):
    column = parse("event_count__view_7d")
    assert column == FeatureColumn(registry["event_count"], 7, "view")
    assert (column.name, column.base) == ("event_count__view_7d", "event_count__view")
    assert parse("event_share__view_90d").kind == "view"
    assert (parse("order_count_90d").base, parse("days_since_event__view").base) == (
        "order_count",
        "days_since_event__view",
    )


@pytest.mark.parametrize("kind", ["view", "app.open", "add-to-cart", "加购", "v2_7d", "a__b", "90d", "_x_"])
def test_a_kind_is_named_as_it_stands_in_the_data(kind):
    for name in (f"event_count__{kind}_36h", f"days_since_event__{kind}"):
        assert (parse(name).kind, parse(name).name) == (kind, name)


MISNAMED = {
    "event_cuont__view_90d": "no feature 'event_cuont'; did you mean 'event_count'?",
    "order_count__view_90d": "feature 'order_count' has no kinds of event; write 'order_count_90d'",
    "order_total__view": "feature 'order_total' has no kinds of event; write 'order_total'",
    "event_count__view": "feature 'event_count__view' needs a window; write 'event_count__view_90d'",
    "event_count__view_0d": "feature 'event_count__view_0d' needs a window; write 'event_count__view_90d'",
    "event_count__view_24h": "feature 'event_count__view_24h' is called 'event_count__view_1d'; write that",
    "event_count__a b_7d": "feature 'event_count__a b_7d': 'a b' is no kind: letters, digits and . _ - alone",
    "days_since_event__": "feature 'days_since_event__': '' is no kind: letters, digits and . _ - alone",
    "event_share_90d": "feature 'event_share_90d' needs a kind of event; write 'event_share__view_90d'",
    "order_cuont_90d": "no feature 'order_cuont_90d'; did you mean 'order_count_90d'?",
    "order_cuont": "no feature 'order_cuont'; did you mean 'order_count_90d'?",
    "days_since_activ": "no feature 'days_since_activ'; did you mean 'days_since_active'?",
    "order_count": "feature 'order_count' needs a window; write 'order_count_90d'",
    "order_count_24h": "feature 'order_count_24h' is called 'order_count_1d'; write that",
    "order_count_090d": "feature 'order_count_090d' is called 'order_count_90d'; write that",
    "order_count_0d": "feature 'order_count_0d': a window has at least one day or hour; write 'order_count_90d'",
    "days_since_active_90d": "feature 'days_since_active' has no windows; write 'days_since_active'",
}


@pytest.mark.parametrize("name", MISNAMED)
def test_a_misspelt_feature_is_told_the_nearest(name):
    with pytest.raises(BadInput) as caught:
        parse(name)
    assert str(caught.value) == MISNAMED[name]


def test_a_feature_that_is_like_nothing_is_told_what_there_is():
    """And where to read the rest: a hundred names and more in one line are read by nobody."""
    with pytest.raises(BadInput, match=r"no feature 'qqq'; there are \d+: active_count_90d, .*features.md") as caught:
        parse("qqq")
    assert len(str(caught.value)) < 400


def test_no_feature_is_named_like_a_window(registry):
    assert [name for name in registry if NAMED.match(name)] == []
