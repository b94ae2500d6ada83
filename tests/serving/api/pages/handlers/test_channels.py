"""Channels: headline numbers are the boards', and a single source of new users is said."""

import pytest

from serving.api.pages.handlers import channels as page
from serving.api.pages.handlers.channels import _aarrr, _metric, _single, _tiles

COUNTS = ("acquired", "activated", "retained", "paying", "revenue", "invited", "inviters", "brought")


def test_the_last_day_is_told_over_all_channels(view):
    rows = view().board("traffic").to_pylist()
    last = max(row["date"] for row in rows)
    found = {one["key"]: one["text"] for one in _tiles(view())}
    assert found["dau"] == f"{sum(row['active'] for row in rows if row['date'] == last):,}"
    assert found["mau"] == f"{sum(row['month'] for row in rows if row['date'] == last):,}"


def test_growth_over_channels_adds_counts_and_works_shares_out_anew():
    row = dict.fromkeys(COUNTS, 1) | {"date": 1, "acquired": 2}
    (found,) = _aarrr([row, row | {"acquired": 8, "activated": None}])
    assert (found["acquired"], found["activated"], found["activation"], found["retention"]) == (10, 1, 0.1, 0.2)


@pytest.mark.parametrize(
    "metric, value, told",
    [
        ("share:healthy", 0.36, {"metric": "用户占比：健康", "value": "36.0 %", "target": "50.0 %"}),
        ("users:at_risk", 628, {"metric": "用户数：流失风险"}),
        ("users", 10_000, {"metric": "用户数：全部用户"}),
        ("mean:churn_risk", 0.25, {"metric": "人均：流失风险", "value": "25.0 %", "target": "50.0 %"}),
        ("sum:lifetime_value", 5.0, {"metric": "合计：生命周期价值"}),
    ],
)
def test_what_a_goal_measures_is_told_in_words(view, metric, value, told):
    assert _metric(view("zh"), {"metric": metric, "value": value, "target": 0.5}) == told


@pytest.mark.parametrize("share, told", [(0.7, {"channel": "ads", "share": 0.7}), (0.5, None), (None, None)])
def test_a_single_source_is_said(view, monkeypatch, share, told):
    rows = [{"channel": "ads", "new_share": share}, {"channel": None, "new_share": 0.1}]
    monkeypatch.setattr(page, "_part", lambda view, name: rows)
    assert _single(view()) == told
