"""Whether the text of a LightGBM model has one meaning only and cannot harm who loads it, found without LightGBM.

LightGBM trusts the text: a child that points back up is followed for ever, a feature that is not there is read from
memory that is not its own, and what comes of that may well look like scores.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np
from lightgbm.basic import _ConfigAliases

from features.errors import BadInput
from training.models.model_text import EXACT, LEAF, LINES, ONE, SPLIT, ModelText, Unsound, dump, numbers, parse

CURE = "train again or take another version"
OBJECTIVES = ("binary sigmoid:1", "multiclass num_class:{}", "regression", "tweedie")  # {}: the number of classes
# A split is "x <= threshold". 2: null goes left; 8: null is NaN. Others ask for a category, or take 0 for null.
DECISIONS = (0, 2, 8, 10)
# Parameters: those that are the same in all that is trained here; those that are words; the others are numbers.
PLAIN = {"boosting": "gbdt", "linear_tree": "0", "tree_learner": "serial", "device_type": "cpu"}
WORDS = {"objective", "metric", "data_sample_strategy", "monotone_constraints_method", *PLAIN}
WORD, NUMBERS = re.compile(r"[a-z0-9_,]*"), re.compile(r"(|-?[0-9][0-9.e+-]*(,-?[0-9][0-9.e+-]*)*)")


def check(boosters: Mapping[str, str], features: Sequence[str]) -> None:
    """Raises BadInput, naming the booster, where a text is not what LightGBM writes, to a byte, of a sound model of
    these features. boosters: texts by name."""
    for name, text in boosters.items():
        try:
            _check(text, features)
        except (KeyError, ValueError):
            raise BadInput(f"{name}.txt: is cut off or is no model; {CURE}") from None
        except Unsound as fault:
            raise BadInput(f"{name}.txt: {fault}; {CURE}") from None


def _check(text: str, features: Sequence[str]) -> None:
    model = parse(text)
    _check_head(model.head, len(model.trees["num_leaves"]), features)
    _check_trees(model, len(features))
    _check_parameters(model)
    canonical = dump(model)
    if text != canonical:
        pairs = zip_longest(text.split("\n"), canonical.split("\n"))
        line = next(number for number, (one, other) in enumerate(pairs, 1) if one != other)
        raise Unsound(f"line {line} is not what LightGBM writes of this model")


def _demand(good: object, fault: str) -> None:
    if not good:
        raise Unsound(fault)


def _check_head(head: Mapping[str, str], trees: int, features: Sequence[str]) -> None:
    takes, there, classes = int(head["max_feature_idx"]) + 1, len(features), int(head["num_class"])
    _demand(takes == there, f"takes {takes} features where the bundle has {there}")
    names = [name.replace(" ", "_") for name in features]
    _demand(head["feature_names"].split(" ") == names, "names other features than the bundle, or in another order")
    known = [one.format(classes) for one in OBJECTIVES]
    _demand(head["objective"] in known, "has an objective that is not trained here")
    several = head["objective"].startswith("multiclass")
    _demand(classes > 1 if several else classes == 1, "has more classes or fewer than its objective")
    _demand(int(head["num_tree_per_iteration"]) == classes, "has more trees at a time than classes")
    _demand(trees > 0 and trees % classes == 0, "has not as many trees for every class")
    _demand((head["version"], head["label_index"]) == ("v4", "0"), "is of another version of LightGBM's format")
    if "monotone_constraints" in head:
        signs = head["monotone_constraints"].split(" ")
        each = len(signs) == there and {"-1", "0", "1"}.issuperset(signs)
        _demand(each, "holds features to directions that there are not")
    ranges = head["feature_infos"].split(" ")
    _demand(len(ranges) == there and all(map(_is_range, ranges)), "has ranges of features that are none")


def _is_range(text: str) -> bool:
    """Whether it is 'none' or '[least:most]'; that of a category would be '0:1:2'."""
    ends = text[1:-1].split(":")
    return text == "none" or (len(ends) == 2 and text == f"[{':'.join(EXACT % float(end) for end in ends)}]")


def _check_trees(model: ModelText, features: int) -> None:
    """Every line's numbers are as many as they have to be, and together they are trees."""
    leaves = numbers(model, "num_leaves")
    _demand(len(leaves) == len(model.trees["num_leaves"]) and (leaves > 0).all(), "has a tree without leaves")
    trees, number = np.arange(len(leaves)), {}
    for key, (_, count) in LINES.items():
        due = {ONE: np.ones_like(leaves), SPLIT: leaves - 1, LEAF: leaves}[count]
        due = np.where(leaves == 1, 0, due) if key == "leaf_weight" else due  # not written of a tree without splits
        there = np.array([line.count(" ") + (line != "") for line in model.trees[key]])
        _each(there == due, trees, f"has not as many of {key} as it has leaves or branches")
        number[key] = numbers(model, key)
        finite = np.isfinite(number[key]) | ((key == "threshold") & (number[key] == np.inf))  # inf: all but null
        _each(finite, np.repeat(trees, due), f"has a {key} that is no number")
    _each((number["num_cat"] == 0) & (number["is_linear"] == 0), trees, "is of a kind that is not trained here")
    tree = np.repeat(trees, leaves - 1)
    feature = number["split_feature"]
    _each((feature >= 0) & (feature < features), tree, "splits by a feature that there is not")
    _each(np.isin(number["decision_type"], DECISIONS), tree, "decides in a way that is not trained here")
    _check_branches(number, leaves, tree)


def _check_branches(number: Mapping[str, np.ndarray], leaves: np.ndarray, tree: np.ndarray) -> None:
    """Each branch and leaf but the root is one's child, comes after it, and rows add up. tree: of each branch."""
    first = np.cumsum(leaves - 1) - (leaves - 1)  # the first branch of each tree among all, then its first leaf
    first_leaf = len(tree) + np.cumsum(leaves) - leaves
    parent = np.arange(len(tree)) - first[tree]
    children = []
    for side in ("left_child", "right_child"):
        child = number[side]
        there = (child >= -leaves[tree]) & (child < leaves[tree] - 1) & ((child < 0) | (child > parent))
        _each(there, tree, "has branches that are no tree's")
        children.append(np.where(child < 0, first_leaf[tree] - 1 - child, first[tree] + child))
    left, right = children
    owner = np.concatenate([tree, np.repeat(np.arange(len(leaves)), leaves)])
    parents = np.bincount(np.concatenate([left, right]), minlength=len(owner))
    parents[first[leaves > 1]] += 1  # roots
    parents[first_leaf[leaves == 1]] += 1
    _each(parents == 1, owner, "has branches that are no tree's")
    rows = np.concatenate([number["internal_count"], number["leaf_count"]])
    _each(rows >= 0, owner, "has fewer rows than none")
    _each(rows[: len(tree)] == rows[left] + rows[right], tree, "has branches whose rows do not add up")


def _each(good: np.ndarray, tree: np.ndarray, fault: str) -> None:
    """Raises Unsound that names the first tree where it is not good. tree: that of each entry."""
    if not good.all():
        raise Unsound(f"tree {tree[~good][0]} {fault}")


def _check_parameters(model: ModelText) -> None:
    known = _ConfigAliases._get_all_param_aliases()
    for name, value in model.parameters.items():
        _demand(name in known, f"was trained with '{name[:40]}', which LightGBM does not know")
        form = WORD if name in WORDS else NUMBERS
        _demand(form.fullmatch(value), f"was trained with another kind of {name} than there is")
    for name, value in (PLAIN | {"objective": model.head["objective"].partition(" ")[0]}).items():
        _demand(model.parameters[name] == value, f"was trained with another {name} than is trained here")
