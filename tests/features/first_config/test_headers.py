"""Exports of shops, payment and analytics, in five languages: the right columns or a question, never a wrong sum."""

import importlib.util
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from features.config import load
from features.engine.duckdb_session import connect
from features.errors import BadInput
from features.first_config import write
from features.tables.clean import clean

_spec = importlib.util.spec_from_file_location("exports", Path(__file__).with_name("exports.py"))
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
EXPORTS = _module.EXPORTS
MONEY = [name for name, one in EXPORTS.items() if one.table == "orders" and one.amount != "?"]
START = datetime(2025, 1, 3, 9, tzinfo=UTC)


def comma(value):
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def rows(export, orders=60):
    """Lines of the export, and the sum of money that they hold."""
    random, lines, total, number = Random(7), [], Decimal(0), 0
    prices = {item: Decimal(random.randint(150, 190_000)) / 100 for item in range(12)}
    for order in range(orders):
        user, when = random.randint(1, 20), START + timedelta(hours=7 * order, seconds=order)
        basket = [(item, random.randint(1, 6)) for item in random.sample(range(12), 1 if export.one else 3)]
        whole = sum(prices[item] * count for item, count in basket)
        for item, count in basket:
            number, line = number + 1, prices[item] * count
            total += line
            said = {"kind": random.choice(["view", "cart", "purchase"]), "money": random.choice(["EUR", "USD"])}
            said |= {"u": user, "o": 500 + order, "i": f"P{item}", "q": count, "p": prices[item], "l": line, "w": whole}
            said |= {"pe": comma(prices[item]), "le": comma(line), "we": comma(whole), "cents": int(line * 100)}
            row = export.row.replace("{t:%s}", str(int(when.timestamp())))
            lines.append(row.format(t=when, n=number, **said))
    return lines, total


def made(export, folder, lines=()):
    file = folder / "export.csv"
    file.write_text("\n".join([export.header, *lines]) + "\n", encoding="utf-8")
    write([file], folder / "holdfast.toml")
    return folder / "holdfast.toml"


def test_there_are_forty_exports_and_more():
    assert len(EXPORTS) >= 45 and len(MONEY) >= 30


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_gets_its_columns_or_a_question(name, tmp_path):
    export = EXPORTS[name]
    file = made(export, tmp_path, rows(export)[0])
    money = "value" if export.table == "events" else "amount"
    if export.amount == "?":
        with pytest.raises(BadInput, match=rf"^holdfast.toml: tables.{export.table}.columns.{money}: open question: "):
            load(file)
        return
    source = load(file).tables[export.table]
    wanted = {"user_id": export.user, "time": export.time, money: export.amount, "order_id": export.order}
    if export.table == "events":
        wanted.pop("order_id")
    assert {key: source.columns.get(key, "") for key in wanted} == wanted


@pytest.mark.parametrize("name", EXPORTS)
def test_a_header_alone_gets_its_columns_or_a_question(name, tmp_path):
    export = EXPORTS[name]
    file = made(export, tmp_path)
    try:
        source = load(file).tables[export.table]
    except BadInput as error:
        assert ": open question: " in str(error) and "\n" not in str(error)
        return
    if name == "two currencies":  # which only rows can tell
        return
    assert source.columns.get("value" if export.table == "events" else "amount", "") == export.amount


@pytest.mark.parametrize("name", MONEY)
def test_the_money_adds_up(name, tmp_path):
    lines, total = rows(EXPORTS[name])
    config = load(made(EXPORTS[name], tmp_path, lines))
    with connect(config) as con:
        orders = clean(con, config).tables["orders"]
        assert con.to_pyarrow(orders.amount.sum()).as_py() == total
