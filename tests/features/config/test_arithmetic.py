"""Plain arithmetic on columns is read as it is written, and nothing else is."""

from decimal import Decimal

import pytest

from features.config.arithmetic import Name, Operation, is_arithmetic, names, parse_arithmetic


def test_products_come_before_sums_and_parentheses_before_both():
    a, b, two = Name("a"), Name("b"), Decimal(2)
    assert parse_arithmetic("a + b * 2") == Operation("+", a, Operation("*", b, two))
    assert parse_arithmetic("(a + b) * 2") == Operation("*", Operation("+", a, b), two)
    assert parse_arithmetic("a - b - 2") == Operation("-", Operation("-", a, b), two)
    assert parse_arithmetic("-a") == Operation("-", Decimal(0), a)


def test_names_may_be_quoted_and_of_any_script():
    node = parse_arithmetic('`Unit Price` * "Qty (sold)" / 数量')
    assert names(node) == ("Unit Price", "Qty (sold)", "数量")


@pytest.mark.parametrize(
    "text, words",
    [
        ("sum(price)", "'sum\\(' calls a function"),
        ("price ** 2", "'\\*' stands where a name or number should"),
        ("price % 2", "no plain arithmetic at '% 2'"),
        ("price; DROP", "no plain arithmetic at ';"),
        ("a b", "no plain arithmetic at 'b'"),
        ("(a + b", "a parenthesis is not closed"),
        ("a *", "ends too early"),
        ("2x", "no plain arithmetic"),
        ("a.b", "no plain arithmetic"),
        ("(" * 90 + "a" + ")" * 90, "more than 50 parentheses"),
    ],
)
def test_anything_else_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        parse_arithmetic(text)


def test_a_bare_name_is_a_column_and_no_arithmetic():
    assert not is_arithmetic("price") and is_arithmetic("price / 100") and not is_arithmetic("Unit Price")
