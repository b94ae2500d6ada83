"""Whether the text of a LightGBM model is one that cannot harm who loads it, found without loading it.

LightGBM trusts the text: a child that points back up is followed for ever, a feature that is not there is read from
memory that is not its own, and what comes of that may well look like scores.
"""

import math
from collections.abc import Mapping

from features.errors import BadInput
from training.trained_model import Bundle

CURE = "train again or take another version"


def check(bundle: Bundle) -> None:
    """Raises BadInput naming the first booster that is not sound, and why."""
    for name, text in bundle.boosters.items():
        try:
            fault = _fault(text, len(bundle.features))
        except (KeyError, ValueError):
            fault = "is cut off or is no model"
        if fault:
            raise BadInput(f"{name}.txt: {fault}; {CURE}")


def _fault(text: str, features: int) -> str:
    body, end, _ = text.partition("\nend of trees")
    head, *trees = body.split("\nTree=")
    about = _fields(head)
    if not end or not trees:
        return "is cut off or is no model"
    if int(about["max_feature_idx"]) + 1 != features:
        return f"takes {int(about['max_feature_idx']) + 1} features where the bundle has {features}"
    for number, tree in enumerate(trees):
        if fault := _fault_of_tree(_fields(tree), features):
            return f"tree {number} {fault}"
    return ""


def _fields(text: str) -> Mapping[str, str]:
    return {key: value for key, sign, value in (line.partition("=") for line in text.split("\n")) if sign}


def _fault_of_tree(tree: Mapping[str, str], features: int) -> str:
    leaves = int(tree["num_leaves"])
    if int(tree.get("num_cat", "0")) or int(tree.get("is_linear", "0")):
        return "is of a kind that is not trained here"
    values = [float(one) for one in tree["leaf_value"].split()]
    if leaves < 1 or len(values) != leaves or not all(map(math.isfinite, values)):
        return "has leaves that are no numbers"
    if leaves == 1:
        return ""
    thresholds = [float(one) for one in tree["threshold"].split()]  # "inf" is one: everything but null goes left
    if len(thresholds) != leaves - 1 or any(map(math.isnan, thresholds)):
        return "splits at what is no number"
    used = [int(one) for one in tree["split_feature"].split()]
    if len(used) != leaves - 1 or min(used) < 0 or max(used) >= features:
        return "splits by a feature that there is not"
    left, right = ([int(one) for one in tree[name].split()] for name in ("left_child", "right_child"))
    if len(left) != leaves - 1 or len(right) != leaves - 1:
        return "has not as many branches as leaves"
    # Every node and leaf but the root has to be somebody's child, and nobody else's; children come after their parents.
    wanted = sorted([*range(-leaves, 0), *range(1, leaves - 1)])
    later = all(child < 0 or child > parent for side in (left, right) for parent, child in enumerate(side))
    return "" if sorted([*left, *right]) == wanted and later else "has branches that are no tree's"
