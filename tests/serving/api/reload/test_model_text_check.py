"""A model's text is sound, or what is wrong with it is told, before LightGBM reads it."""

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest

from features.errors import BadInput
from serving.api.reload.model_text_check import check


def test_what_was_trained_is_sound(base):
    check(base.model.bundle)


@pytest.mark.parametrize("leaves", [2, 31])
def test_other_shapes_that_lightgbm_makes_are_sound_too(base, leaves):
    chance = np.random.default_rng(7)
    rows = chance.normal(size=(500, 3))
    rows[chance.random((500, 3)) < 0.2] = np.nan
    for target in (rows[:, 0] > 0, np.ones(500)):  # the latter: trees of one leaf
        data = lgb.Dataset(rows, target.astype(float))
        settings = {"num_leaves": leaves, "verbose": -1, "min_data_in_leaf": 1}
        text = lgb.train(settings, data, num_boost_round=5).model_to_string()
        check(replace(base.model.bundle, boosters={"churn": text}, features=("a", "b", "c")))


def edited(text, name, change, tree=3):
    """The text with the values of one line of one tree changed."""
    lines = text.split("\n")
    start = lines.index(f"Tree={tree}")
    at = next(n for n in range(start, len(lines)) if lines[n].startswith(f"{name}="))
    lines[at] = f"{name}=" + " ".join(change(lines[at].partition("=")[2].split(" ")))
    return "\n".join(lines)


def turned_back(text, tree=3):
    """The last node's parent gets a leaf of that node in its place, and the node gets itself: everybody still has one
    parent, so that only the order of children and parents shows that the node is its own child."""
    taken = {}
    for name in ("left_child", "right_child"):
        edited(text, name, lambda x, name=name: taken.setdefault(name, x), tree)
    node = max(int(one) for side in taken.values() for one in side)
    places = [(name, at) for name, side in taken.items() for at, one in enumerate(side) if int(one) == node]
    leaf = taken["left_child"][node]
    (name, at), changed = places[0], {name: [*side] for name, side in taken.items()}
    changed[name][at], changed["left_child"][node] = leaf, str(node)
    for side, children in changed.items():
        text = edited(text, side, lambda _, children=children: children, tree)
    return text


WRONG = {
    "a node its own child": (turned_back, "tree 3 has branches that are no tree's"),
    "a circle": (lambda text: edited(text, "left_child", lambda x: ["0", *x[1:]]), "tree 3 has branches that are no"),
    "a leaf twice": (lambda text: edited(text, "left_child", lambda x: [*x[:-1], "-1"]), "tree 3 has branches"),
    "a child beyond": (lambda text: edited(text, "right_child", lambda x: ["999", *x[1:]]), "tree 3 has branches"),
    "a child less": (lambda text: edited(text, "right_child", lambda x: x[1:]), "tree 3 has not as many branches"),
    "a feature beyond": (lambda text: edited(text, "split_feature", lambda x: ["99999", *x[1:]]), "tree 3 splits by a"),
    "a feature before": (lambda text: edited(text, "split_feature", lambda x: ["-1", *x[1:]]), "tree 3 splits by a"),
    "nan in a leaf": (lambda text: edited(text, "leaf_value", lambda x: ["nan", *x[1:]]), "tree 3 has leaves that are"),
    "no end in a leaf": (lambda text: edited(text, "leaf_value", lambda x: ["1e999", *x[1:]]), "tree 3 has leaves"),
    "a word in a leaf": (lambda text: edited(text, "leaf_value", lambda x: ["x", *x[1:]]), "is cut off or is no model"),
    "a threshold gone": (lambda text: edited(text, "threshold", lambda x: x[1:]), "tree 3 splits at what is no number"),
    "nan for a threshold": (lambda text: edited(text, "threshold", lambda x: ["nan", *x[1:]]), "tree 3 splits at what"),
    "more leaves": (lambda text: edited(text, "num_leaves", lambda x: ["9999"]), "tree 3 has leaves"),
    "half of it": (lambda text: text[: len(text) // 2], "is cut off or is no model"),
    "nothing": (lambda text: "", "is cut off or is no model"),
    "features more": (lambda text: text.replace("max_feature_idx=", "max_feature_idx=9"), "takes 9"),
    "a category": (lambda text: edited(text, "num_cat", lambda x: ["1"]), "tree 3 is of a kind that is not"),
}


@pytest.mark.parametrize(("spoil", "why"), WRONG.values(), ids=WRONG.keys())
def test_what_could_harm_is_told(base, spoil, why):
    boosters = dict(base.model.bundle.boosters)
    with pytest.raises(BadInput) as caught:
        check(replace(base.model.bundle, boosters=boosters | {"churn": spoil(boosters["churn"])}))
    assert str(caught.value).startswith(f"churn.txt: {why}") and str(caught.value).endswith("take another version")
