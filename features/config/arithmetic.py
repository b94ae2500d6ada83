"""Plain arithmetic on a file's columns, as a person writes it in holdfast.toml: `Quantity * "Unit Price" / 100`."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

TOKEN = re.compile(r"""\s*(?:(\d+(?:\.\d*)?|\.\d+)(?![\w.])|([^\W\d]\w*)|`([^`]+)`|"([^"]+)"|([-+*/()]))""")
DEEPEST = 50  # parentheses and signs inside one another
ALLOWED = "names of columns (in quotes where they hold spaces), numbers, + - * / and parentheses"


@dataclass(frozen=True)
class Name:
    """A column of the file."""

    name: str


@dataclass(frozen=True)
class Operation:
    """Two values and the sign between them."""

    sign: Literal["+", "-", "*", "/"]
    left: "Node"
    right: "Node"


Node = Name | Decimal | Operation


def parse_arithmetic(text: str) -> Node:
    """The tree of an expression; raises ValueError, saying what is allowed, for anything but plain arithmetic."""
    tokens = _tokens(text)
    node, rest = _sum(tokens, 0)
    if rest:
        raise ValueError(f"'{text}' is no plain arithmetic at '{rest[0][1]}'; write {ALLOWED}")
    return node


def is_arithmetic(text: str) -> bool:
    """Whether a text is an expression of more than one name."""
    try:
        return not isinstance(parse_arithmetic(text), Name)
    except ValueError:
        return False


def names(node: Node) -> tuple[str, ...]:
    """The columns that an expression reads, each once, in the order they come."""
    if isinstance(node, Operation):
        return tuple(dict.fromkeys((*names(node.left), *names(node.right))))
    return (node.name,) if isinstance(node, Name) else ()


Tokens = list[tuple[str, str]]


def _tokens(text: str) -> Tokens:
    found: Tokens = []
    at = 0
    while at < len(text.rstrip()):
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"'{text}' is no plain arithmetic at '{text[at:].strip()[:20]}'; write {ALLOWED}")
        number, *named, sign = match.groups()
        name = next((one for one in named if one), "")
        found.append(("number", number) if number else ("name", name) if name else ("sign", sign))
        at = match.end()
    return found


def _sum(tokens: Tokens, depth: int) -> tuple[Node, Tokens]:
    return _chain(tokens, depth, "+-")


def _product(tokens: Tokens, depth: int) -> tuple[Node, Tokens]:
    return _chain(tokens, depth, "*/")


def _chain(tokens: Tokens, depth: int, signs: str) -> tuple[Node, Tokens]:
    below = _product if signs == "+-" else _value
    left, tokens = below(tokens, depth)
    while tokens and tokens[0][0] == "sign" and tokens[0][1] in signs:
        sign = tokens[0][1]
        right, tokens = below(tokens[1:], depth)
        left = Operation(sign, left, right)  # type: ignore[arg-type]
    return left, tokens


def _value(tokens: Tokens, depth: int) -> tuple[Node, Tokens]:
    if not tokens:
        raise ValueError(f"the expression ends too early; write {ALLOWED}")
    if depth > DEEPEST:
        raise ValueError(f"more than {DEEPEST} parentheses inside one another; write it plainer")
    (kind, text), rest = tokens[0], tokens[1:]
    if kind == "number":
        return Decimal(text), rest
    if kind == "name":
        if rest and rest[0] == ("sign", "("):
            raise ValueError(f"'{text}(' calls a function; write {ALLOWED}")
        return Name(text), rest
    if text in "+-":
        node, rest = _value(rest, depth + 1)
        return (Operation("-", Decimal(0), node) if text == "-" else node), rest
    if text == "(":
        node, rest = _sum(rest, depth + 1)
        if not rest or rest[0] != ("sign", ")"):
            raise ValueError("a parenthesis is not closed; add ')'")
        return node, rest[1:]
    raise ValueError(f"'{text}' stands where a name or number should; write {ALLOWED}")
