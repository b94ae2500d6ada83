"""A plain comparison on a file's column, as a person writes it in holdfast.toml: `status == 'cancelled'`."""

import re
from dataclasses import dataclass
from decimal import Decimal

RULE = re.compile(
    r"""\s*(?:`([^`]+)`|"([^"]+)"|([^\W\d]\w*))\s*(==|!=|<=|>=|<|>)\s*"""
    r"""(?:'([^']*)'|"([^"]*)"|(true|false)|([+-]?\d+(?:\.\d+)?))\s*"""
)


@dataclass(frozen=True)
class RowRule:
    """A column of the file against a constant: text and yes-or-no only by == and !=."""

    column: str
    test: str
    value: str | bool | Decimal


def parse_row_rule(text: str) -> RowRule:
    """Raises ValueError, with an example, where the text is no comparison."""
    match = RULE.fullmatch(text)
    if not match:
        raise ValueError(f"'{text}' is no comparison; write one like \"status == 'cancelled'\" or \"quantity < 0\"")
    ticked, quoted, bare, test, single, double, flag, number = match.groups()
    value: str | bool | Decimal = Decimal(number) if number else flag == "true" if flag else single or double or ""
    if not number and test not in ("==", "!="):
        raise ValueError(f"'{text}': text and true or false cannot be {test}; use == or !=")
    return RowRule(ticked or quoted or bare, test, value)


def check_row_rule(text: str) -> str:
    """The text as it came; raises ValueError where it is no comparison."""
    parse_row_rule(text)
    return text
