"""What a row's person paid: a column, or a price times a quantity; where names and values do not tell, a question."""

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from features.first_config import looks
from features.first_config.names import AMOUNT, AMOUNT_WORDS, QUANTITY, UNIT_PRICE
from features.first_config.other_names import CURRENCY, ITEM, REFUNDED
from features.first_config.roles import Candidate, by_name
from features.first_config.sample import Sample
from features.first_config.words import plain

PLAIN_NAME = re.compile(r"[^\W\d]\w*")
# Totals by name that are those of a line.
OF_LINES = {
    "linetotal",
    "itemtotal",
    "totalprice",
    "salesvalue",
    "salesamount",
    "saleamount",
    "小计",
    "商品金额",
    "成交金额",
}
VOTES = 3  # items or orders that have to tell the same
CLOSE = Decimal("0.02")
SHOP_PRICES = ("99", "95", "49")  # how prices end; of whole numbers, cents


@dataclass(frozen=True)
class Money:
    """amount: a column of the file, an expression, a question ("? …"), or nothing. items: the column of quantities.
    operands: the columns that the amount is made of. price_alone: all there is of money is a price."""

    amount: str
    items: str = ""
    operands: tuple[str, ...] = ()
    price_alone: bool = False


def money(sample: Sample, order: str) -> Money:
    """``order`` is the column that names the order, if there is one."""
    amounts = _numeric(sample, by_name(AMOUNT, sample.names, "amount", AMOUNT_WORDS))
    quantity = next((one.name for one in _numeric(sample, by_name(QUANTITY, sample.names, "items"))), "")
    prices = _numeric(sample, by_name(UNIT_PRICE, sample.names))
    amounts = [one for one in amounts if one.name != quantity]
    if amounts:
        return _of_total(sample, amounts, prices, quantity, order)
    if prices and quantity:
        return _of_price(sample, prices[0], quantity)
    if prices:
        name = prices[0].name
        return Money(
            f"? is '{name}' what the user paid for a row? If so write the column's name, if it is the price of one "
            "piece write it times the number of pieces",
            "",
            (name,),
            price_alone=True,
        )
    return Money("", quantity)


def quoted(name: str) -> str:
    """A column in an expression; empty where none can hold its name."""
    if PLAIN_NAME.fullmatch(name):
        return name
    return next((f"{sign}{name}{sign}" for sign in '`"' if sign not in name), "")


def _of_total(sample: Sample, amounts: list[Candidate], prices: list[Candidate], quantity: str, order: str) -> Money:
    top = [one for one in amounts if one.rank == amounts[0].rank]
    first = top[0]
    operands = tuple(one.name for one in top)
    differ = [one for one in top[1:] if not sample.rows[one.name] or sample.rows[one.name] != sample.rows[first.name]]
    if differ:
        which = ", ".join(f"'{one.name}'" for one in top)
        return Money(f"? which is what the user paid: {which}? Write one of them", quantity, operands)
    if plain(first.name) in ("amount", "value", "sum") and prices and not quantity:
        return Money(
            f"? is '{first.name}' money or a number of pieces, beside '{prices[0].name}'? Write the column of what the "
            f"user paid, or {_times(first.name, prices[0].name)}",
            "",
            operands,
        )
    if plain(first.name) == "amount" and not quantity and _few_pieces(sample, first.name):
        return Money(
            f"? is '{first.name}' money or a number of pieces? Write the column of what the user paid", "", operands
        )
    known = ""
    if quantity and prices:
        known = _against_price(sample, first.name, prices[0].name, quantity)
        if known == "price":
            return Money(
                f"? '{first.name}' equals '{prices[0].name}' where '{quantity}' is above 1: write what the user paid, "
                f"{_times(quantity, prices[0].name)} or '{first.name}'",
                quantity,
                operands,
            )
    if not known and (question := _of_whole_order(sample, first, order, bool(prices))):
        return Money(question, quantity, operands)
    return _unscaled(sample, first, quantity)


def _unscaled(sample: Sample, one: Candidate, quantity: str) -> Money:
    """The column, or in whole units where its name says that it has cents; a question where its values look like it."""
    if question := several_currencies(sample, one.name):
        return Money(question, quantity, (one.name,))
    for back in by_name(REFUNDED, sample.names):
        if any(looks.numbers(sample.filled(back.name)) or []):
            return Money(
                f"? '{back.name}' says what users got back: is it still in '{one.name}'? If so write "
                f"{quoted(one.name)} - {quoted(back.name)}, else '{one.name}'",
                quantity,
                (one.name,),
            )
    if one.divisor > 1:
        text = f"{quoted(one.name)} / {one.divisor}"
        return Money(text if quoted(one.name) else f"? rename '{one.name}': it has cents", quantity, (one.name,))
    values = sample.filled(one.name)
    known = looks.numbers(values) or []
    if len(set(values)) >= 20 and all(value and value == int(value) and abs(value) >= 50 for value in known):
        if sum(value.rstrip("0").rstrip(".").endswith(SHOP_PRICES) for value in values) > 0.3 * len(values):
            whole = quoted(one.name) or one.name
            return Money(f"? is '{one.name}' in cents? Write {whole} / 100 or '{one.name}'", quantity, (one.name,))
        if all(value and value % 10_000 == 0 for value in known):
            whole = quoted(one.name) or one.name
            return Money(
                f"? is '{one.name}' in millionths? Write {whole} / 1000000 or '{one.name}'", quantity, (one.name,)
            )
    return Money(one.name, quantity, (one.name,))


def several_currencies(sample: Sample, amount: str) -> str:
    """The question where rows are in more than one currency; else nothing."""
    for one in by_name(CURRENCY, sample.names):
        found = sorted({value for value in sample.filled(one.name) if len(value) <= 12})
        if len(found) > 1:
            return (
                f"? '{amount}' is in {', '.join(found[:4])} by '{one.name}': give a file in one currency, then write "
                f"'{amount}'"
            )
    return ""


def _of_price(sample: Sample, price: Candidate, quantity: str) -> Money:
    operands = (quantity, price.name)
    product = _times(quantity, price.name, price.divisor)
    told = _price_of_one(sample, price.name, quantity)
    if question := several_currencies(sample, price.name):
        return Money(question, quantity, operands)
    if product and (told == "one" or (price.rank == 0 and told != "row")):
        return Money(product, quantity, operands)
    if told == "row" and price.rank and price.divisor == 1:
        return Money(price.name, quantity, (price.name,))
    return Money(
        f"? is '{price.name}' the price of one piece or of all of a row's '{quantity}'? Write "
        f"{product or 'the product of both, with names that need no quotes'}, or '{price.name}'",
        quantity,
        operands,
    )


def _times(quantity: str, price: str, divisor: int = 1) -> str:
    if not (quoted(quantity) and quoted(price)):
        return ""
    return f"{quoted(quantity)} * {quoted(price)}" + (f" / {divisor}" if divisor > 1 else "")


def _price_of_one(sample: Sample, price: str, quantity: str) -> str:
    """'one' where an item's price stays as its quantity changes, 'row' where it grows with it, '' where neither shows.
    Free pieces and pieces given back tell nothing."""
    item = next((one.name for one in by_name(ITEM, sample.names, "item") if sample.filled(one.name)), "")
    counts, prices = looks.numbers(sample.rows.get(quantity, [])), looks.numbers(sample.rows.get(price, []))
    if not item or counts is None or prices is None:
        return ""
    of: dict[str, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for name, count, one in zip(sample.rows[item], counts, prices, strict=True):
        if name and count and one and count > 0 and one > 0:
            of[name].append((count, one))
    votes = {"one": 0, "row": 0}
    for pairs in of.values():
        if len({count for count, _ in pairs}) > 1:
            stays = _alike([one for _, one in pairs])
            grows = _alike([one / count for count, one in pairs])
            votes["one"] += stays and not grows
            votes["row"] += grows and not stays
    told = max(votes, key=lambda key: votes[key])
    return told if votes[told] >= VOTES and votes[told] >= 0.9 * sum(votes.values()) else ""


def _against_price(sample: Sample, total: str, price: str, quantity: str) -> str:
    """'line' where the total is price times quantity, 'price' where it is the price alone, '' where neither shows."""
    columns = [looks.numbers(sample.rows.get(name, [])) for name in (total, price, quantity)]
    if any(column is None for column in columns):
        return ""
    rows = [row for row in zip(*columns, strict=True) if all(row) and row[2] != 1]  # type: ignore[arg-type]
    line = sum(_alike([whole, one * count]) for whole, one, count in rows)
    alone = sum(_alike([whole, one]) for whole, one, _ in rows)
    if len(rows) < VOTES:
        return ""
    return "line" if line > 0.8 * len(rows) else "price" if alone > 0.8 * len(rows) else ""


def _of_whole_order(sample: Sample, total: Candidate, order: str, prices: bool) -> str:
    """The question where a total may be the whole order's and stand in each of its lines; else nothing."""
    if not order:
        return ""
    of: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(sample.rows.get(order, [])):
        if name and sample.rows[total.name][place]:
            of[name].append(place)
    several = [places for places in of.values() if len(places) > 1 and _differ(sample, places)]
    same = sum(len({sample.rows[total.name][place] for place in places}) == 1 for places in several)
    lines = prices or bool(by_name(ITEM, sample.names))
    if several and same > 0.5 * len(several):
        why = "is the same in all rows of an order"
    elif not of and lines and total.rank in (0, 1) and plain(total.name) not in OF_LINES:
        why = "may be the whole order's"
    else:
        return ""
    return (
        f"? '{total.name}' {why}: is it the order's, repeated in each of its lines, or the line's own? "
        f"Write '{total.name}' if it is the line's; else give a file with one row an order, or write the line's "
        "price * quantity"
    )


def _few_pieces(sample: Sample, name: str) -> bool:
    """Whether small whole numbers stand beside an item, as pieces do."""
    values = [value for value in looks.numbers(sample.rows.get(name, [])) or [] if value is not None]
    whole = bool(values) and all(value == int(value) and abs(value) <= 50 for value in values)
    return whole and bool(by_name(ITEM, sample.names))


def _differ(sample: Sample, places: list[int]) -> bool:
    """Whether these rows are more than copies of one."""
    return len({tuple(values[place] for values in sample.rows.values()) for place in places}) > 1


def _alike(values: list[Decimal]) -> bool:
    return max(values) - min(values) <= CLOSE * abs(max(values, key=abs))


def _numeric(sample: Sample, found: list[Candidate]) -> list[Candidate]:
    """Those that hold numbers, be they in several notations, or have no rows."""
    return [one for one in found if not sample.rows.get(one.name) or _holds(sample.filled(one.name))]


def _holds(values: list[str]) -> bool:
    if set(values) == {"0", "1"}:  # whether it was paid, not how much
        return False
    return looks.is_number(values) or looks.may_be_number(values)
