"""What is set on profiles: true for who is on a list, false for who left, and what the list says of them."""

import pytest

from features.errors import BadInput
from serving.campaigns.formats.attributes import attributes, fitting


def test_who_is_on_the_list_gets_what_it_says(a_list, target):
    table = attributes(a_list(2), target(action="in", content="hello_a"), "key")
    assert table.column_names == [
        "key",
        "holdfast_welcome",
        "holdfast_welcome_campaign",
        "holdfast_welcome_offer",
        "holdfast_welcome_kind",
        "holdfast_welcome_send_after",
        "holdfast_welcome_send_before",
        "holdfast_welcome_content",
    ]
    assert table["holdfast_welcome"].to_pylist() == [True, True]
    assert table["holdfast_welcome_content"].to_pylist() == ["hello_a"] * 2


def test_who_left_is_only_told_so(a_list, target):
    table = attributes(a_list(2), target(action="out", content="hello_a"), "key")
    assert table.column_names == ["key", "holdfast_welcome"] and table["holdfast_welcome"].to_pylist() == [False, False]


@pytest.mark.parametrize(("unit", "size"), [("bytes", 6), ("characters", 2)])
def test_what_is_too_long_is_refused_and_not_quoted(unit, size, a_list, target):
    table = attributes(a_list(1, offer=["优惠"]), target(), "key").select(["holdfast_welcome_offer"])
    fitting(table, "X", 100, size, unit)
    with pytest.raises(
        BadInput, match=f"'holdfast_welcome_offer': a value of {size} {unit}; X takes {size - 1}"
    ) as error:
        fitting(table, "X", 100, size - 1, unit)
    assert "优惠" not in str(error.value)
    with pytest.raises(BadInput, match=f"X takes 5 {unit}; shorten the play's name"):
        fitting(table, "X", 5, 100, unit)
