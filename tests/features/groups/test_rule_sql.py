"""Rules as SQL answer as ``Rule.match`` does from arrays, whatever the rules and the values."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.config.layer_rules import Group, Layer, assign
from features.config.layer_rules import Test as LayerTest
from features.config.operations.playbook import Playbook
from features.config.rules import Comparison, Rule
from features.groups.rule_sql import bits_sql, column, english, layer_sql, named_rules, quoted, rule_sql

TEXTS = ["a", "it's", 'say "x"', "line\nbreak", "重要价值客户", "", "NULL", "a;--"]
NUMBERS = [0.0, -0.0, 0.1, 0.30000000000000004, 0.1234567890123456789, 1e-9, 1e17, -5.5, 2.0**53]
ROWS = 40
EQUAL = ("layer:x y", "calendar:b", "segment:s", "segment:t-2", "tag:t")


@pytest.fixture(scope="module")
def con():
    with duckdb.connect(config={"threads": 1}) as session:
        yield session


number = st.sampled_from(NUMBERS) | st.floats(-1e6, 1e6)
table = st.fixed_dictionaries(
    {
        "risk": st.lists(number | st.none(), min_size=ROWS, max_size=ROWS),
        "order": st.lists(st.integers(0, 3) | st.none(), min_size=ROWS, max_size=ROWS),  # a word of SQL
        "layer:x y": st.lists(st.sampled_from(TEXTS) | st.none(), min_size=ROWS, max_size=ROWS),
        "calendar:b": st.lists(st.booleans() | st.none(), min_size=ROWS, max_size=ROWS),
    }
)


def of(name, values):
    """A comparison on a column, as the configuration may hold it."""
    tests = ("==", "!=") if name in EQUAL else ("<=", ">=", "<", ">", "==", "!=")
    one = st.builds(Comparison, st.just(name), st.sampled_from(tests), values)
    several = st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)
    return one | st.builds(Comparison, st.just(name), st.just("in"), several)


comparison = (
    of("risk", number)
    | of("order", st.integers(0, 3).map(float))
    | of("layer:x y", st.sampled_from(TEXTS))
    | of("calendar:b", st.booleans())
)
flags = of("segment:s", st.booleans()) | of("segment:t-2", st.booleans()) | of("tag:t", st.booleans())


def rules(parts):
    return st.builds(Rule, st.lists(parts, max_size=3).map(tuple), st.lists(parts, max_size=3).map(tuple))


def arrays(rows):
    """As features come: numbers and flags as floats, NaN = missing; texts as objects."""
    floats = {
        name: np.array([np.nan if one is None else float(one) for one in rows[name]]) for name in rows if name[0] != "l"
    }
    return floats | {name: np.array(rows[name], dtype=object) for name in rows if name[0] == "l"}


def relation(con, rows):
    con.register(
        "people", pa.table({"n": list(range(ROWS)), **{name: _typed(name, one) for name, one in rows.items()}})
    )


def _typed(name, values):
    kinds = {"risk": pa.float64(), "order": pa.int64(), "calendar:b": pa.bool_()}
    return pa.array(values, kinds.get(name, pa.string()))


def held(con, rule, named):
    return [
        one
        for (one,) in con.execute(f"SELECT coalesce({rule_sql(rule, named)}, false) FROM people ORDER BY n").fetchall()
    ]


@settings(max_examples=60)
@given(
    rows=table,
    inner=rules(comparison),
    outer=rules(comparison | of("segment:s", st.booleans())),
    rule=rules(comparison | flags),
)
def test_a_rule_matches_whom_the_arrays_match_through_segments_and_tags(con, rows, inner, outer, rule):
    tag = Rule((Comparison("segment:s", "==", True),))
    named = named_rules(Playbook((), {"s": inner, "t-2": outer}, {"t": tag}))
    values = arrays(rows)
    values["segment:s"] = inner.match(values, ROWS).astype(float)
    values["segment:t-2"] = outer.match(values, ROWS).astype(float)
    values["tag:t"] = values["segment:s"]
    relation(con, rows)
    assert held(con, rule, named) == rule.match(values, ROWS).tolist()


@settings(max_examples=60)
@given(
    rows=table,
    inner=rules(comparison),
    asked=st.dictionaries(st.integers(0, 62), rules(comparison | of("segment:s", st.booleans())), max_size=5),
)
def test_bits_of_many_rules_are_those_of_each_alone(con, rows, inner, asked):
    named = named_rules(Playbook((), {"s": inner}, {}))
    values = arrays(rows)
    values["segment:s"] = inner.match(values, ROWS).astype(float)
    relation(con, rows)
    found = [one for (one,) in con.execute(f"SELECT {bits_sql(asked, named)} FROM people ORDER BY n").fetchall()]
    each = {number: rule.match(values, ROWS) for number, rule in asked.items()}
    assert found == [sum(1 << number for number in asked if each[number][row]) for row in range(ROWS)]


tests = st.builds(
    LayerTest, of("risk", number) | of("layer:x y", st.sampled_from(TEXTS)), st.none(), st.booleans()
) | st.builds(
    LayerTest,
    st.sampled_from(["<", "<=", ">", ">="]).map(lambda test: Comparison("risk", test, 0.0)),
    st.sampled_from(["mean", "p80"]),
    st.booleans(),
)


@settings(max_examples=40)
@given(
    rows=table,
    asked=st.lists(st.lists(tests, max_size=3), max_size=3),
    cuts=st.tuples(number, number | st.just(float("nan"))),
)
def test_a_layer_puts_users_where_the_arrays_put_them_also_right_on_a_cut(con, rows, asked, cuts):
    groups = [Group(f"group's {place}", f"组{place}", tuple(one)) for place, one in enumerate([*asked, []])]
    layer, kept = Layer("x", tuple(groups)), {"risk mean": cuts[0], "risk p80": cuts[1]}
    rows["risk"][0] = cuts[0]
    relation(con, rows)
    found = [one for (one,) in con.execute(f"SELECT {layer_sql(layer, kept)} FROM people ORDER BY n").fetchall()]
    assert found == [groups[code].en for code in assign(layer, arrays(rows), kept, ROWS)]


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_is_the_same_number_in_sql(con, value):
    assert con.execute(f"SELECT {quoted(value)}").fetchall() == [(value,)]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_and_a_name_stay_what_they_are(con, text):
    assert con.execute(f"SELECT {quoted(text)}, {quoted(True)}, {quoted(False)}").fetchall() == [(text, True, False)]
    if text:
        assert con.sql(f"SELECT 7 AS {column(text)}").columns == [text]


def test_groups_are_asked_by_either_name_and_answered_by_the_english_one():
    layers = {"rfm": Layer("rfm", (Group("core", "重要价值客户", ()), Group("rest", "其他", ())))}
    asked = (Comparison("layer:rfm", "in", ("重要价值客户", "rest")), Comparison("layer:rfm", "!=", "其他"))
    found = english(Playbook((), {"s": Rule(asked)}, {}), layers).segments["s"]
    assert found.all == (Comparison("layer:rfm", "in", ("core", "rest")), Comparison("layer:rfm", "!=", "rest"))


def test_a_rule_without_comparisons_matches_everybody(con):
    relation(con, {"risk": [None] * ROWS})
    assert held(con, Rule(), {}) == [True] * ROWS
