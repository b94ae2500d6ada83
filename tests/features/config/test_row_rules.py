"""Comparisons on a file's columns: a name, a sign and a constant, nothing more."""

from decimal import Decimal

import pytest

from features.config.row_rules import RowRule, parse_row_rule


@pytest.mark.parametrize(
    "text, rule",
    [
        ("status == 'cancelled'", RowRule("status", "==", "cancelled")),
        ('`Order status` != "paid"', RowRule("Order status", "!=", "paid")),
        ("quantity<0", RowRule("quantity", "<", Decimal(0))),
        ("is_cancel == true", RowRule("is_cancel", "==", True)),
        ("状态 == '已取消'", RowRule("状态", "==", "已取消")),
    ],
)
def test_a_comparison_is_read(text, rule):
    assert parse_row_rule(text) == rule


@pytest.mark.parametrize("text", ["cancelled", "status = 'x'", "a == 1 or b == 2", "status < 'x'", "f(a) == 1", ""])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="no comparison|use == or !="):
        parse_row_rule(text)
