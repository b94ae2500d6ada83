"""A model's text is sound, or what is wrong with it is told, before LightGBM reads it."""

import re

import lightgbm as lgb
import numpy as np
import pytest

from features.errors import BadInput
from training.models import boost
from training.models.model_text_check import check

NAMES = ("a", "b c", "d=点")
ROWS = 600


@pytest.fixture(scope="module")
def rows():
    chance = np.random.default_rng(7)
    rows = chance.normal(size=(ROWS, 3))
    rows[chance.random((ROWS, 3)) < 0.3] = np.nan
    rows[:, 1] = np.where(np.isnan(rows[:, 1]), np.nan, 1.0)
    return rows


@pytest.fixture(scope="module")
def text(rows):
    target = np.isnan(rows[:, 0]) | np.isnan(rows[:, 1])
    return boost.fit("binary", boost.dataset(rows, NAMES), target * 1.0, seed=1, threads=1, rounds=9)


def refusal(text, features=NAMES):
    """What check says of it, without the name and the cure."""
    with pytest.raises(BadInput) as caught:
        check({"churn": text}, features)
    found = re.fullmatch(r"churn\.txt: (.+); train again or take another version", str(caught.value))
    return found[1]


def test_what_was_trained_is_sound(bundle):
    check(bundle.boosters, bundle.features)


@pytest.mark.parametrize("leaves", [2, 31])
@pytest.mark.parametrize(
    ("objective", "more"),
    [
        ("binary", {}),
        ("regression", {"monotone_constraints": [1, 0, -1]}),
        ("tweedie", {"tweedie_variance_power": 1.3}),
        ("multiclass", {"num_class": 3}),
    ],
)
def test_every_shape_that_is_trained_here_is_sound(rows, objective, more, leaves):
    for target in (np.arange(ROWS) % 2 * 1.0, np.ones(ROWS)):  # the latter: trees of one leaf
        data = boost.dataset(rows, NAMES)
        found = boost.fit(objective, data, target, seed=1, threads=1, rounds=4, num_leaves=leaves, **more)
        check({"one": found}, NAMES)


def test_an_infinite_threshold_is_one_and_no_other_number_is():
    chance = np.random.default_rng(0)
    column = np.where(chance.random(8000) < 0.5, np.nan, chance.normal(size=8000))
    data = boost.dataset(column[:, None], ["a"])
    text = boost.fit("binary", data, np.isnan(column) * 1.0, seed=1, threads=1, rounds=6)
    assert re.search(r"^threshold=.*\binf\b", text, flags=re.MULTILINE)  # all but null to one side
    check({"churn": text}, ["a"])
    assert "has a threshold that is no number" in refusal(re.sub(r"\binf\b", "-inf", text), ["a"])


def edited(name, change, tree=3):
    """What changes the values of one line of one tree of a text."""

    def edit(text):
        lines = text.split("\n")
        start = lines.index(f"Tree={tree}")
        at = next(n for n in range(start, len(lines)) if lines[n].startswith(f"{name}="))
        lines[at] = f"{name}=" + " ".join(change(lines[at].partition("=")[2].split(" ")))
        return "\n".join(lines)

    return edit


def swapped(old, new):
    """What changes a part of a text, which has to be there, once."""

    def edit(text):
        assert old in text
        return text.replace(old, new, 1)

    return edit


def repeated(key, value):
    """What adds, at the end of tree 3, a key that is there already, or is unknown."""
    return lambda text: re.sub(r"(\nTree=3\n(?:.+\n)+)", rf"\g<1>{key}={value}\n", text)


NO_TREE = "tree 3 has branches that are no tree's"
WRONG = {
    "a circle": (edited("left_child", lambda x: ["0", *x[1:]]), NO_TREE),
    "a leaf twice": (edited("right_child", lambda x: ["-1" for _ in x]), NO_TREE),
    "a child beyond": (edited("right_child", lambda x: ["999", *x[1:]]), NO_TREE),
    "a child before": (edited("right_child", lambda x: ["-999", *x[1:]]), NO_TREE),
    "a child less": (edited("right_child", lambda x: x[1:]), "tree 3 has not as many of right_child as it has"),
    "a feature beyond": (edited("split_feature", lambda x: ["3", *x[1:]]), "tree 3 splits by a feature"),
    "a feature before": (edited("split_feature", lambda x: ["-1", *x[1:]]), "tree 3 splits by a feature"),
    "nan in a leaf": (edited("leaf_value", lambda x: ["nan", *x[1:]]), "tree 3 has a leaf_value that is no number"),
    "inf in a leaf": (edited("leaf_value", lambda x: ["inf", *x[1:]]), "tree 3 has a leaf_value that is no number"),
    "too much in a leaf": (edited("leaf_value", lambda x: ["1e999", *x[1:]]), "has a leaf_value that is not written"),
    "a word in a leaf": (edited("leaf_value", lambda x: ["x", *x[1:]]), "is cut off or is no model"),
    "a zero more": (edited("leaf_value", lambda x: [f"{x[0]}0", *x[1:]]), "has a leaf_value that is not written as"),
    "a threshold gone": (edited("threshold", lambda x: x[1:]), "tree 3 has not as many of threshold as it has"),
    "nan for a threshold": (edited("threshold", lambda x: ["nan", *x[1:]]), "tree 3 has a threshold that is no num"),
    "more leaves": (edited("num_leaves", lambda x: ["9999"]), "tree 3 has not as many of split_feature as"),
    "leaves without end": (edited("num_leaves", lambda x: ["9" * 5000]), "is cut off or is no model"),
    "no leaves": (edited("num_leaves", lambda x: ["0"]), "has a tree without leaves"),
    "rows that do not add up": (edited("leaf_count", lambda x: [f"1{x[0]}", *x[1:]]), "tree 3 has branches whose"),
    "a category": (edited("num_cat", lambda x: ["1"]), "tree 3 is of a kind that is not"),
    "a linear leaf": (edited("is_linear", lambda x: ["1"]), "tree 3 is of a kind that is not"),
    "a category's bit": (edited("decision_type", lambda x: ["1", *x[1:]]), "tree 3 decides in a way that is not"),
    "zero for null": (edited("decision_type", lambda x: ["6", *x[1:]]), "tree 3 decides in a way that is not"),
    "half of it": (lambda text: text[: len(text) // 2], "is cut off or is no model"),
    "nothing": (lambda text: "", "is cut off or is no model"),
    "features more": (swapped("max_feature_idx=", "max_feature_idx=9"), "takes 93 features where the bundle has 3"),
    "features in another order": (swapped("=a b_c", "=b_c a"), "names other features than the bundle"),
    "another objective": (swapped("sigmoid:1", "sigmoid:2"), "has an objective that is not trained here"),
    "another class": (swapped("num_class=1", "num_class=3"), "has more classes or fewer than its objective"),
    "trees by two": (swapped("iteration=1", "iteration=2"), "has more trees at a time than classes"),
    "another version": (swapped("version=v4", "version=v3"), "is of another version of LightGBM's format"),
    "a range of categories": (swapped("feature_infos=[", "feature_infos=0:1:2 ["), "has ranges of features that are"),
    "averaged": (swapped("\nfeature_names", "\naverage_output\nfeature_names"), "line 8 is not what LightGBM writes"),
    "another parameter": (swapped("[metric: ", "[matrix: "), "was trained with 'matrix', which LightGBM does not"),
    "a parameter of no form": (swapped("[alpha: 0.9]", "[alpha: p.1]"), "was trained with another kind of alpha"),
    "another boosting": (swapped("[boosting: gbdt]", "[boosting: rf]"), "was trained with another boosting than"),
    "categories of pandas": (swapped("categorical:null", "categorical:[[1]]"), "line "),
}
# What one parser takes for one model and another for another, or for the same with something beside it.
TWO_MEANINGS = {
    "a line of a tree again": repeated("leaf_value", "9 9 9 9 9 9 9"),
    "a line of a tree again, the same": lambda text: re.sub(r"\n(leaf_value=.*)\n", r"\n\1\n\1\n", text, count=1),
    "a line of no meaning": repeated("leaf_const", "1"),
    "a line of the head again": swapped("\nobjective=", "\nobjective=regression\nobjective="),
    "an objective behind the trees": swapped("\nend of trees\n", "\nobjective=regression\nend of trees\n"),
    "a blank line in a tree": swapped("\nleaf_value=", "\n\nleaf_value="),
    "a blank line in the head": swapped("\nobjective=", "\n\nobjective="),
    "a carriage return": swapped("\nleaf_value=", "\r\nleaf_value="),
    "a carriage return alone": swapped("\nleaf_value=", "\rleaf_value=7 7\nleaf_value="),
    "another line's end": swapped("\nleaf_value=", "\x85leaf_value="),
    "a space at an end": swapped("\nleaf_value=", " \nleaf_value="),
    "two spaces": edited("threshold", lambda x: [x[0], "", *x[1:]]),
    "a space before a key": swapped("\nleaf_value=", "\n leaf_value="),
    "a comment": swapped("\nleaf_value=", "\n# leaf_value=1\nleaf_value="),
    "lines in another order": lambda text: re.sub(r"\n(left_child=.*)\n(right_child=.*)", r"\n\2\n\1", text, count=1),
    "a tree's number twice": swapped("\nTree=3\n", "\nTree=2\n"),
    "a tree by another name": swapped("\nTree=3\n", "\nTree= 3\n"),
    "another size": swapped("\ntree_sizes=", "\ntree_sizes=1"),
    "a size less": lambda text: re.sub(r"\ntree_sizes=\d+ ", "\ntree_sizes=", text),
    "no sizes": lambda text: re.sub(r"\ntree_sizes=.*", "", text),
    "a tree less": lambda text: re.sub(r"\nTree=8\n(?:.+\n)+\n\n", "\n", text),
    "a tree behind the end": lambda text: text + text[text.index("Tree=0\n") : text.index("Tree=1\n")],
    "a second end": swapped("\nend of trees\n", "\nend of trees\nend of trees\n"),
    "a second model": lambda text: text + text,
    "an importance": swapped("\nfeature_importances:\n", "\nfeature_importances:\nx=1\n"),
    "a parameter twice": swapped("[boosting: gbdt]\n", "[boosting: rf]\n[boosting: gbdt]\n"),
    "a byte order mark": lambda text: "\ufeff" + text,
    "a zero byte": swapped("\nleaf_value=", "\0\nleaf_value="),
    "no end of line": lambda text: text[:-1],
    "something before it": lambda text: "x\n" + text,
}


def turned_back(text):
    """The last node's parent gets a leaf of that node in its place, and the node gets itself: everybody still has one
    parent, so that only the order of children and parents shows that the node is its own child."""
    taken = {}
    for side in ("left_child", "right_child"):
        edited(side, lambda x, side=side: taken.setdefault(side, x))(text)
    node = max(int(one) for side in taken.values() for one in side)
    name, at = next((name, at) for name, side in taken.items() for at, one in enumerate(side) if int(one) == node)
    changed = {name: [*side] for name, side in taken.items()}
    changed[name][at], changed["left_child"][node] = taken["left_child"][node], str(node)
    for side, children in changed.items():
        text = edited(side, lambda _, children=children: children)(text)
    return text


def test_a_node_that_is_its_own_child_is_told(bundle):
    assert refusal(turned_back(bundle.boosters["churn"]), bundle.features) == NO_TREE


@pytest.mark.parametrize(("spoil", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_could_harm_is_told(text, spoil, why):
    assert refusal(spoil(text)).startswith(why)


@pytest.mark.parametrize("spoil", TWO_MEANINGS.values(), ids=TWO_MEANINGS.keys())
def test_a_text_of_two_meanings_is_refused(text, spoil):
    assert spoil(text) != text
    refusal(spoil(text))


def test_the_first_line_that_is_another_is_named(text):
    at = text[: text.index("\nleaf_value=")].count("\n") + 2
    assert refusal(swapped("\nleaf_value=", "\nsomething\nleaf_value=")(text)).startswith(f"line {at} is not what")


def test_a_model_that_averages_is_refused(rows):
    settings = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5, "objective": "binary", "verbose": -1}
    data = lgb.Dataset(rows, np.arange(ROWS) % 2, feature_name=["a", "b_c", "d"])
    found = boost.canonical(lgb.train(settings, data, num_boost_round=3).model_to_string())
    assert "average_output" in found
    refusal(found, ("a", "b c", "d"))


def test_a_model_with_categories_is_refused(rows):
    codes = np.random.default_rng(1).integers(0, 9, (ROWS, 3)).astype(float)
    data = lgb.Dataset(codes, codes[:, 0] % 2, feature_name=["a", "b", "c"], categorical_feature=[0])
    found = lgb.train({"objective": "binary", "verbose": -1, "min_data_in_leaf": 1}, data, num_boost_round=3)
    assert "cat_threshold" in found.model_to_string()
    refusal(found.model_to_string(), ("a", "b", "c"))
