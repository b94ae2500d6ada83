"""Plain arithmetic is exact in decimals, and null where it cannot be."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.config.arithmetic import parse_arithmetic
from features.notations import exact

EXPRESSIONS = {
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b if b else None,
    "a / 100": lambda a, b: a / 100,
    "-(a - 2.5) * b": lambda a, b: -(a - Decimal("2.5")) * b,
    "a + b": lambda a, b: a + b,
}
values = st.decimals(-99_999, 99_999, places=4, allow_nan=False)


@pytest.fixture
def worked(con):
    def work(text, pairs):
        first, second = (pa.array(one, pa.string()) for one in zip(*pairs, strict=True))
        table = con.create_table("pairs", pa.table({"a": first, "b": second}), temp=True, overwrite=True)
        exact.prepare(con)
        node = parse_arithmetic(text)
        value = exact.worked_out(node, lambda name: table[name].try_cast(exact.OPERAND))
        text = exact.written_out(node, lambda name: table[name])
        return [(row["v"], row["t"]) for row in con.to_pyarrow(table.select(v=value, t=text)).to_pylist()]

    return work


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.sampled_from(list(EXPRESSIONS)), a=values, b=values)
def test_results_are_those_of_decimals(worked, text, a, b):
    with localcontext(prec=60):
        wanted = EXPRESSIONS[text](a, b)
        if wanted is not None:
            wanted = wanted.quantize(Decimal("1e-8"), ROUND_HALF_UP)
    assert worked(text, [(f"{a:f}", f"{b:f}")])[0][0] == wanted


def test_halves_are_rounded_away_from_zero(worked):
    found = worked("a / b", [("1", "200000000"), ("-1", "200000000"), ("1", "-200000000")])
    assert [value for value, _ in found] == [Decimal("1e-8"), Decimal("-1e-8"), Decimal("-1e-8")]


@pytest.mark.parametrize("a, b", [("1", "0"), ("one", "2"), (None, "2"), ("1e12", "2")])
def test_what_cannot_be_worked_out_is_null(worked, a, b):
    assert worked("a / b", [(a, b)])[0][0] is None


def test_what_went_in_is_written_out_for_people(worked):
    assert worked("a * (b - 1)", [("3", "x"), (None, "2"), (None, None)]) == [
        (None, "3 * (x - 1)"),
        (None, "(nothing) * (2 - 1)"),
        (None, None),
    ]
