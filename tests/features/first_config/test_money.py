"""Money: the right sum, or a question. Never the price of one piece for what was paid."""

import pytest

from features.first_config.money import money, quoted

ITEMS = ("a", "b", "c", "d")
PRICES = {"a": 5, "b": 7, "c": 20, "d": 3}


def bought(form):
    """Lines in which every item comes once, twice and thrice; form(count, price, item)."""
    return [form(count, PRICES[item], item) for item in ITEMS for count in (1, 2, 3)]


def test_price_and_quantity_are_multiplied(sample):
    assert money(sample("Quantity,Unit Price,sku"), "").amount == "Quantity * `Unit Price`"


def test_a_bare_price_beside_a_quantity_is_asked_where_nothing_tells(sample):
    assert money(sample("qty,price"), "").amount.startswith("? is 'price' the price of one piece or of all")
    assert money(sample("qty,price,sku", "1,5,a", "2,5,a"), "").amount.startswith("?"), "one item is no proof"


def test_an_item_whose_price_stays_has_a_price_of_one(sample):
    lines = bought(lambda count, price, item: f"{count},{price},{item}")
    assert money(sample("qty,price,sku", *lines), "").amount == "qty * price"


def test_an_item_whose_price_grows_has_a_price_of_the_row(sample):
    lines = bought(lambda count, price, item: f"{count},{count * price},{item}")
    assert money(sample("qty,price,sku", *lines), "").amount == "price"


def test_a_unit_price_that_grows_with_the_quantity_is_asked(sample):
    lines = bought(lambda count, price, item: f"{count},{count * price},{item}")
    assert money(sample("qty,unit_price,sku", *lines), "").amount.startswith("?")


def test_a_total_that_is_the_price_of_one_is_asked(sample):
    lines = bought(lambda count, price, item: f"{count},{price},{price},{item}")
    assert money(sample("qty,price,total,sku", *lines), "").amount.startswith("? 'total' equals 'price'")
    lines = bought(lambda count, price, item: f"{count},{price},{count * price},{item}")
    assert money(sample("qty,price,total,sku", *lines), "").amount == "total"


@pytest.mark.parametrize("header", ["price", "unit_price", "Preis", "单价"])
def test_a_price_alone_is_asked(sample, header):
    found = money(sample(header), "")
    assert found.amount.startswith("?") and found.price_alone


def test_an_amount_beside_a_price_may_be_a_count(sample):
    assert money(sample("AMOUNT,SALES_PRICE"), "").amount.startswith("? is 'AMOUNT' money or a number of pieces")


def test_a_sum_of_an_order_in_all_its_lines_is_asked(sample):
    repeated = ["1,a,30", "1,b,30", "2,a,8", "2,c,8"]
    assert money(sample("order,sku,total", *repeated), "order").amount.startswith("? 'total' is the same in all rows")
    assert money(sample("order,sku,total", "1,a,30", "1,b,10", "2,a,8"), "order").amount == "total"
    assert money(sample("order,sku,total", "1,a,30", "1,a,30"), "order").amount == "total", "a copy is no line"


def test_two_totals_are_asked_unless_they_are_equal(sample):
    assert money(sample("net,gross", "1,2"), "").amount.startswith("? which is what the user paid: 'gross', 'net'")
    assert money(sample("net,gross", "2,2", "3,3"), "").amount in ("net", "gross")
    assert money(sample("subtotal,total,paid"), "").amount == "paid"


def test_several_currencies_are_asked(sample):
    assert "is in EUR, USD by 'currency'" in money(sample("total,currency", "1,EUR", "2,USD"), "").amount
    assert money(sample("total,currency", "1,EUR", "2,EUR"), "").amount == "total"


def test_cents_become_whole_by_name_and_are_asked_by_value(sample):
    assert money(sample("total_cents"), "").amount == "total_cents / 100"
    assert money(sample("total", *[f"{n}99" for n in range(1, 30)]), "").amount.startswith("? is 'total' in cents?")
    assert money(sample("total", *[f"{n}0000" for n in range(1, 30)]), "").amount.startswith("? is 'total' in mill")
    assert money(sample("total", *[f"{n}.99" for n in range(1, 30)]), "").amount == "total"


def test_what_was_given_back_is_asked(sample):
    found = money(sample("Amount,Amount Refunded", "10,0", "20,5"), "").amount
    assert found.endswith("If so write Amount - `Amount Refunded`, else 'Amount'")
    assert money(sample("Amount,Amount Refunded", "10,0", "20,0"), "").amount == "Amount"


def test_small_whole_amounts_of_items_may_be_pieces(sample):
    assert money(sample("sku,amount", "a,1", "b,2"), "").amount.startswith("? is 'amount' money or a number of pieces?")
    assert money(sample("sku,amount", "a,1.5", "b,2"), "").amount == "amount"


def test_whether_it_was_paid_is_no_amount(sample):
    assert money(sample("paid,total", "1,20", "0,30"), "").amount == "total"


def test_without_money_there_is_none(sample):
    assert money(sample("user,page"), "").amount == ""
    assert money(sample("total", "high", "low"), "").amount == "", "a total of words is none"


def test_names_are_quoted_as_arithmetic_wants_them():
    assert [quoted(name) for name in ("a_1", "数量", "a b", "a`b", '`"')] == ["a_1", "数量", "`a b`", '"a`b"', ""]
