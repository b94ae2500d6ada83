"""A booster for users of whom a feature is known to be 0: its splits by that feature are decided beforehand.

The pruned booster answers as the whole one would with 0 there, and does not ask for the feature.
"""

from collections.abc import Mapping
from dataclasses import replace

from training.models.model_text import LEAF, LINES, SPLIT, dump, parse

Line = dict[str, list[str]]


def without(text: str, feature: str) -> str:
    """The booster's text without the feature, its last one, taken as 0. As it is where it does not have the feature."""
    model = parse(text)
    names = model.head["feature_names"].split(" ")
    if feature not in names:
        return text
    if names[-1] != feature:
        raise ValueError(f"{feature} is not the booster's last feature")
    head = dict(model.head) | {"max_feature_idx": str(len(names) - 2)}
    for key in ("feature_names", "feature_infos", "monotone_constraints"):
        if key in head:
            head[key] = head[key].rpartition(" ")[0]
    trees = [
        _pruned({key: model.trees[key][k] for key in LINES}, len(names) - 1) for k in range(len(model.trees["num_cat"]))
    ]
    return dump(replace(model, head=head, trees={key: [tree[key] for tree in trees] for key in LINES}))


def _pruned(tree: Mapping[str, str], feature: int) -> dict[str, str]:
    """A tree by its lines. Branches keep their order, so that each still comes before its children."""
    given = {key: line.split(" ") if line else [] for key, line in tree.items()}
    kept: Line = {key: [] for key, (_, count) in LINES.items() if count in (SPLIT, LEAF)}

    def place(node: int) -> tuple[int, int]:
        """Copy what hangs on a node; its number in the new tree, and its rows."""
        if node < 0:
            for key, (_, count) in LINES.items():
                if count == LEAF and given[key]:
                    kept[key].append(given[key][~node])
            return ~(len(kept["leaf_value"]) - 1), int(given["leaf_count"][~node])
        left, right = (int(given[side][node]) for side in ("left_child", "right_child"))
        if int(given["split_feature"][node]) == feature:
            return place(left if float(given["threshold"][node]) >= 0 else right)
        number = len(kept["threshold"])
        for key, (_, count) in LINES.items():
            if count == SPLIT:
                kept[key].append(given[key][node])
        sides = [place(child) for child in (left, right)]
        for key, (child, _) in zip(("left_child", "right_child"), sides, strict=True):
            kept[key][number] = str(child)
        rows = sum(count for _, count in sides)
        kept["internal_count"][number] = str(rows)
        return number, rows

    place(0 if given["split_feature"] else -1)
    leaves = len(kept["leaf_value"])
    lines = dict(tree) | {key: " ".join(values) for key, values in kept.items()} | {"num_leaves": str(leaves)}
    return lines | ({"leaf_weight": ""} if leaves == 1 else {})
