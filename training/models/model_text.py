"""The text of a LightGBM model in pieces, and the text that LightGBM writes of such pieces.

Whoever reads a text by other rules than LightGBM's may find another model in it: a blank line ends a tree early, of two
lines with one key only one counts. A text that equals, byte for byte, what is written of the pieces found in it has no
room for that; ``training.models.model_text_check`` asks for it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

WHOLE, SHORT, EXACT = "%d", "%g", "%.17g"  # how LightGBM writes numbers
ONE, SPLIT, LEAF = "one", "one for each split", "one for each leaf"
# The lines of a tree in their order: how their numbers are written, and how many there are.
LINES = {
    "num_leaves": (WHOLE, ONE),
    "num_cat": (WHOLE, ONE),
    "split_feature": (WHOLE, SPLIT),
    "split_gain": (SHORT, SPLIT),
    "threshold": (EXACT, SPLIT),
    "decision_type": (WHOLE, SPLIT),
    "left_child": (WHOLE, SPLIT),
    "right_child": (WHOLE, SPLIT),
    "leaf_value": (EXACT, LEAF),
    "leaf_weight": (EXACT, LEAF),
    "leaf_count": (WHOLE, LEAF),
    "internal_value": (SHORT, SPLIT),
    "internal_weight": (SHORT, SPLIT),
    "internal_count": (WHOLE, SPLIT),
    "is_linear": (WHOLE, ONE),
    "shrinkage": (SHORT, ONE),
}
HEAD = (
    *("version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective"),
    *("feature_names", "monotone_constraints", "feature_infos", "tree_sizes"),
)
PARAMETER = re.compile(r"^\[([a-z0-9_]+): ([^\[\]\n]*)\]$", re.MULTILINE)
BITS = 32  # of LightGBM's whole numbers


class Unsound(Exception):
    """What is wrong with a text, in words that follow the model's name."""


@dataclass(frozen=True)
class ModelText:
    """A model's text in pieces.

    head: its lines by key. trees: by key the line of each tree, with what stands behind the sign. parameters: what it
    was trained with, by name; they have no part in its scores.
    """

    head: Mapping[str, str]
    trees: Mapping[str, Sequence[str]]
    parameters: Mapping[str, str]


def parse(text: str) -> ModelText:
    """Take a text to pieces; what else it holds is left out. Raises KeyError where a tree lacks a line."""
    body, _, tail = text.partition("\nend of trees\n")
    head, *blocks = body.split("\nTree=")
    trees = [_fields(block) for block in blocks]
    return ModelText(
        _fields(head), {key: [tree[key] for tree in trees] for key in LINES}, dict(PARAMETER.findall(tail))
    )


def _fields(lines: str) -> dict[str, str]:
    return dict([line.split("=", 1) for line in lines.split("\n") if "=" in line])


def numbers(model: ModelText, key: str) -> np.ndarray:
    """The numbers in all trees' lines of this key, one tree's after another's: int64, or float64 with inf and NaN.

    Raises Unsound where one is not written as LightGBM writes it, and ValueError where it is no number at all.
    """
    text, form = " ".join(filter(None, model.trees[key])), LINES[key][0]
    words = text.split(" ") if text else []
    if form == WHOLE:
        whole = {word: int(word) for word in set(words)}
        if not all(word == str(value) and value.bit_length() < BITS for word, value in whole.items()):
            raise Unsound(f"has a {key} that is not written as LightGBM writes it")
        return np.array(list(map(whole.__getitem__, words)), dtype=np.int64)
    values = tuple(map(float, words))
    if " ".join([form] * len(values)) % values != text:
        raise Unsound(f"has a {key} that is not written as LightGBM writes it")
    return np.array(values)


def dump(model: ModelText) -> str:
    """What LightGBM writes of a model whose ``numbers`` are as it writes them. Sizes of trees and importances of
    features are worked out, not copied."""
    template = "Tree=%d\n" + "".join(f"{key}=%s\n" for key in LINES) + "\n\n"
    rows = zip(*(model.trees[key] for key in LINES), strict=True)
    trees = [template % (number, *row) for number, row in enumerate(rows)]
    head = {**model.head, "tree_sizes": " ".join(str(len(tree)) for tree in trees)}  # in bytes: trees are ASCII
    names = head["feature_names"].split(" ")
    return "".join(
        [
            "tree\n",
            *(f"{key}={head[key]}\n" for key in HEAD if key in head),
            "\n",
            *trees,
            "end of trees\n\nfeature_importances:\n",
            *(f"{names[feature]}={count}\n" for feature, count in _importances(model)),
            "\nparameters:\n",
            *(f"[{name}: {value}]\n" for name, value in model.parameters.items()),
            "\nend of parameters\n\npandas_categorical:null\n",
        ]
    )


def _importances(model: ModelText) -> list[tuple[int, int]]:
    """How many splits by each feature gained something: the most first, then in the order of features."""
    gained = numbers(model, "split_feature")[numbers(model, "split_gain") > 0]
    features, counts = np.unique(gained, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return list(zip(features[order].tolist(), counts[order].tolist(), strict=True))
