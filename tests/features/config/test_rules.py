import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.config.rules import TESTS, Comparison, Rule, first_match, parse, unreachable
from features.errors import BadInput

KINDS = {"days": "number", "plan": "text", "consent": "flag"}


def kind_of(name):
    if name not in KINDS:
        raise BadInput(f"no feature '{name}'; did you mean 'days'?")
    return KINDS[name]


def at(text):
    return parse(text, "holdfast.toml: rule", kind_of)


def test_comparisons_of_each_kind_are_read():
    assert at("days >= 5") == Comparison("days", ">=", 5.0)
    assert at("days<0.5") == Comparison("days", "<", 0.5)
    assert at("plan == 'plus'") == Comparison("plan", "==", "plus")
    assert at('plan != "a b"') == Comparison("plan", "!=", "a b")
    assert at("consent == true") == Comparison("consent", "==", True)
    assert at("plan in ('plus', \"a, b\",)") == Comparison("plan", "in", ("plus", "a, b"))
    assert at("days in(1, 2.5, 1)") == Comparison("days", "in", (1.0, 2.5))
    assert at("consent in (true)").values == (True,)
    assert str(at("plan in ('a')")) == "plan in ('a')" and str(at("days in (1, 2)")) == "days in (1, 2)"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("days", "is no comparison; write one like"),
        ("days >= 5 and plan == 'x'", "'days' is a number and 5 and plan == 'x' is not; write days >= 5"),
        ("weeks > 1", "no feature 'weeks'; did you mean 'days'?"),
        ("days >= 'five'", "'days' is a number and 'five' is not"),
        ("days >= nan", "'days' is a number and nan is not"),
        ("plan == 5", "'plan' is a text and 5 is not; write plan == 'plus'"),
        ("plan > 'a'", "'plan' is a text and cannot be >; use == or !="),
        ("consent == 1", "'consent' is a flag and 1 is not; write consent == true"),
        ("plan in 'plus'", "'plus' is no list; write plan in ('one', 'other')"),
        ("plan in ()", "() is no list"),
        ("plan in ('a' 'b')", "is no list"),
        ("plan in ('a', 5)", "'plan' is a text and 5 is not; mend the list"),
        ("days in (1, nan)", "'days' is a number and nan is not; mend the list"),
        ("weeks in (1)", "no feature 'weeks'; did you mean 'days'?"),
    ],
)
def test_a_wrong_comparison_is_refused_with_its_key_and_cure(text, says):
    with pytest.raises(BadInput) as error:
        at(text)
    assert str(error.value).startswith("holdfast.toml: rule: ")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_value_matches_nothing():
    values = {"days": np.array([1.0, np.nan]), "plan": np.array(["plus", None], dtype=object)}
    for text in ("days != 7", "days < 7", "plan != 'free'"):
        assert at(text).match(values).tolist() == [True, False], text


def test_in_matches_each_of_its_constants_and_nothing_that_is_missing():
    values = {
        "days": np.array([1.0, np.nan, 3.0, 2.5]),
        "plan": np.array(["plus", None, "free", "a"], dtype=object),
        "consent": np.array([1.0, 0.0, np.nan, 1.0]),
    }
    assert at("days in (1, 2.5)").match(values).tolist() == [True, False, False, True]
    assert at("plan in ('plus', 'free', 'none')").match(values).tolist() == [True, False, True, False]
    assert at("consent in (true, false)").match(values).tolist() == [True, True, False, True]


def test_all_and_any_are_joined_and_an_empty_rule_matches_all():
    values = {"days": np.array([1.0, 5.0, 9.0]), "plan": np.array(["a", "b", "a"], dtype=object)}
    rule = Rule((at("days > 2"),), (at("plan == 'a'"), at("days == 5")))
    assert rule.match(values, 3).tolist() == [False, True, True]
    assert Rule((), (at("plan == 'b'"),)).match(values, 3).tolist() == [False, True, False]
    assert Rule().match(values, 3).tolist() == [True, True, True]
    assert rule.names == ("days", "plan")


def test_the_first_match_wins_and_none_is_minus_one():
    values = {"days": np.array([1.0, 5.0, 9.0])}
    rules = [Rule((at("days > 6"),)), Rule((at("days > 4"),)), Rule((at("days > 6"),))]
    assert first_match(rules, values, 3).tolist() == [-1, 1, 0]


@pytest.mark.parametrize(
    ("rules", "number"),
    [
        ([["days >= 5", "days < 5"]], 0),
        ([["days > 5", "days < 5"]], 0),
        ([["days == 5", "days != 5"]], 0),
        ([["plan == 'a'", "plan == 'b'"]], 0),
        ([["consent == true", "consent != true"]], 0),
        ([["days in (1, 2)", "days > 2"]], 0),
        ([["plan in ('a', 'b')", "plan == 'c'"]], 0),
        ([["plan in ('a', 'b')", "plan in ('c')"]], 0),
        ([["plan in ('a', 'b')"], ["plan == 'b'"]], 1),
        ([["days in (1, 2)"], ["days in (1, 2)", "plan == 'a'"]], 1),
        ([["days >= 30"], ["days >= 90"]], 1),
        ([["days >= 30"], ["days == 30", "plan == 'a'"]], 1),
        ([["days != 3"], ["days > 3"]], 1),
        ([["plan != 'a'"], ["plan == 'b'"]], 1),
        ([[], ["days > 3"]], 1),
    ],
)
def test_a_rule_that_no_row_can_reach_is_found(rules, number):
    found = unreachable([Rule(tuple(at(text) for text in texts)) for texts in rules])
    assert [index for index, _ in found] == [number]


def test_reachable_rules_are_left_alone():
    texts = [["days >= 90"], ["days >= 30"], ["days < 30", "plan == 'a'"], ["days == 5"], ["days > 5", "days <= 6"]]
    texts += [["days in (5, 7)", "days > 6"], ["plan in ('a', 'b')"], ["plan in ('b', 'c')"], []]
    assert unreachable([Rule(tuple(at(text) for text in one)) for one in texts]) == []
    either = Rule((), (at("days >= 1"), at("plan == 'a'")))
    assert unreachable([either, Rule((at("days >= 5"),))]) == []  # not looked into: any is no cover


several = st.lists(st.integers(0, 4).map(float), min_size=1, max_size=3, unique=True).map(tuple)
comparisons = st.one_of(
    st.builds(Comparison, st.just("days"), st.sampled_from(sorted(TESTS)), st.integers(0, 4).map(float)),
    st.builds(Comparison, st.just("days"), st.just("in"), several),
)
rules = st.lists(st.builds(Rule, st.lists(comparisons, max_size=3).map(tuple)), min_size=1, max_size=5)


@given(rules)
def test_what_is_called_unreachable_is_never_the_first_match(rules):
    values = {"days": np.arange(-0.5, 5.0, 0.25)}
    reached = set(first_match(rules, values, len(values["days"])).tolist())
    assert not reached & {index for index, _ in unreachable(rules)}
