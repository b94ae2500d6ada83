from itertools import pairwise

import pytest

from serving.charts.sankey_layout import LINE, RIGHT, STEP, TALL, WIDE, Band, Box, Column, layout


def column(*users):
    return Column("", [Box(f"s{place}", "", n, "", "") for place, n in enumerate(users)])


COLUMNS = [column(600, 1, 1, 398), column(300, 0, 2, 698)]
BANDS = [
    Band(0, "s0", "s3", 350, ""),
    Band(0, "s0", "s0", 250, ""),
    Band(0, "s3", "s0", 50, ""),
    Band(0, "s3", "s3", 348, ""),
    Band(0, "s1", "s2", 1, ""),
]


def test_boxes_are_as_high_as_their_users():
    boxes = layout(COLUMNS, BANDS).boxes
    assert boxes[0, "s0"][2] == pytest.approx(0.6 * TALL)
    assert boxes[1, "s3"][2] == pytest.approx(0.698 * TALL)
    assert boxes[0, "s1"][2] == 1  # seen, also where it is less than a pixel


def test_labels_do_not_overlap_however_small_their_boxes():
    boxes = layout([column(*[1] * 30, 10_000)], []).boxes
    middles = [top + high / 2 for _, top, high in boxes.values()]
    assert min(b - a for a, b in pairwise(middles)) >= LINE


def test_bands_lie_side_by_side_in_the_order_of_the_boxes_at_both_ends():
    plan = layout(COLUMNS, BANDS)
    away, stay, back, held, _ = plan.bands
    top = plan.boxes[0, "s0"][1]
    assert (stay[1], away[1]) == pytest.approx((top, top + 0.25 * TALL))
    top = plan.boxes[1, "s0"][1]
    assert (stay[3], back[3]) == pytest.approx((top, top + 0.25 * TALL))
    assert held[3] == pytest.approx(away[3] + away[4])


def test_the_picture_holds_all_boxes_and_grows_with_the_dates():
    plan = layout(COLUMNS, BANDS)
    assert plan.width == WIDE
    assert plan.height >= max(top + high for _, top, high in plan.boxes.values())
    many = layout([column(1)] * 40, [])
    assert many.step == STEP and many.width > 39 * STEP + RIGHT


def test_a_band_without_its_box_is_refused():
    with pytest.raises(KeyError):
        layout(COLUMNS, [Band(1, "s0", "s0", 1, "")])


def test_no_columns_and_nobody_are_an_empty_picture():
    assert layout([], []).boxes == {}
    assert layout([column(0)], []).boxes[0, "s0"][2] == 0
