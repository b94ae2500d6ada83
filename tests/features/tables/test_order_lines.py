"""Lines that add up to too much are told by user and order. How lines become orders: test_clean.py."""

import pytest

from features.errors import BadInput

ORDERS = '[tables.orders]\npath = "orders.csv"\n'


def csv(*rows, header="user_id,time,amount,order_id"):
    return {"orders.csv": "\n".join([header, *rows]) + "\n"}


def test_an_order_whose_lines_add_up_to_too_much_is_told(cleaned):
    line = "1,2026-01-01,99999999999999,{}"
    with pytest.raises(BadInput) as caught:
        cleaned(ORDERS, **csv(*map(line.format, "aabc")))
    assert str(caught.value) == (
        "tables.orders: amount: user 1, order a: its lines add up to 199,999,999,999,998.0000, more than the "
        "100,000,000,000,000 that fits; mend them"
    )


def test_an_order_without_a_name_is_told_by_its_time(cleaned):
    rows = ["ann,2026-01-01,5,99999999999999", "ann,2026-01-01,5,7"]
    with pytest.raises(BadInput, match="discount: user ann, the order of 2026-01-01 00:00: its lines add up to 100,0"):
        cleaned(ORDERS, **csv(*rows, header="user_id,time,amount,discount"))
