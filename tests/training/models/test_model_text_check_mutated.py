"""Three hundred spoilt texts: none is taken that LightGBM scores otherwise than what is written there, nor crashes it.

What is written there is told by a reader of its own, below: pieces of the text, walked through in plain Python.
"""

import random
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from features.errors import BadInput
from training.models import boost
from training.models.model_text import dump, numbers, parse
from training.models.model_text_check import check

NAMES = tuple("abcd")
TEXTS, SEED, ROWS = 300, 13, 60
AS_MANY = 12  # texts that should be taken at the least: a last digit changed is still a model

# A process of its own scores what was taken, since what is wrong with a text may kill who loads it.
CHILD = """
import sys, numpy
from pathlib import Path
from features.errors import BadInput
from training.models.single_row import Boosters
rows = numpy.load("rows.npy")
for file in sorted(Path().glob("*.txt")):
    try:
        booster = Boosters({file.stem: file.read_bytes().decode()}).loaded[file.stem]
    except BadInput as error:
        print(error, file=sys.stderr)
    else:
        numpy.save(file.with_suffix(".npy"), booster.predict(rows, raw_score=True))
print("all")
"""


@pytest.fixture(scope="module")
def rows():
    chance = np.random.default_rng(3)
    rows = chance.normal(size=(900, len(NAMES)))
    rows[chance.random(rows.shape) < 0.3] = np.nan
    rows[:, 1] = np.round(rows[:, 1])
    return rows


@pytest.fixture(scope="module")
def texts(rows):
    data, chance = boost.dataset(rows, NAMES), np.random.default_rng(4)
    target = np.nan_to_num(rows[:, 0]) + np.isnan(rows[:, 2])
    of = {"binary": (target > 0.5) * 1.0, "regression": target, "tweedie": np.exp(target)}
    found = [boost.fit(name, data, y, seed=1, threads=1, rounds=6) for name, y in of.items()]
    classes = chance.integers(0, 3, len(rows)) * 1.0
    return [*found, boost.fit("multiclass", data, classes, seed=1, threads=1, rounds=4, num_class=3)]


# Ways to spoil a text, each given its lines and a source of chance; they change the lines in place.


def any_of(lines, chance, *keys):
    """The number of a line of a tree with one of these keys, and with several values where there is such a line."""
    there = [n for n, line in enumerate(lines) if line.partition("=")[0] in keys and "=" in line]
    return chance.choice([n for n in there if " " in lines[n]] or there)


def change_value(lines, chance, key, value):
    """One value of a line becomes another."""
    at = any_of(lines, chance, key)
    values = lines[at].partition("=")[2].split(" ")
    values[chance.randrange(len(values))] = value
    lines[at] = f"{key}=" + " ".join(values)


def flip_a_byte(lines, chance):
    at = chance.choice([n for n, line in enumerate(lines) if line])
    place = chance.randrange(len(lines[at]))
    lines[at] = lines[at][:place] + chr(ord(lines[at][place]) ^ (1 << chance.randrange(7))) + lines[at][place + 1 :]


def change_a_digit(lines, chance):
    at = any_of(lines, chance, "leaf_value", "threshold", "leaf_weight", "split_gain", "internal_value")
    digits = [found.start() for found in re.finditer(r"\d", lines[at])]
    place = chance.choice(digits or [len(lines[at]) - 1])
    lines[at] = lines[at][:place] + chance.choice("0123456789") + lines[at][place + 1 :]


def cut_the_last_digits(lines, chance):
    key = chance.choice(["leaf_value", "threshold"])
    change_value(lines, chance, key, f"{chance.uniform(-3, 3):.{chance.choice([3, 17])}g}")


def delete_a_line(lines, chance):
    del lines[chance.randrange(len(lines))]


def repeat_a_line(lines, chance):
    at = chance.randrange(len(lines))
    lines.insert(at + chance.choice([0, 1, 1, 3]), lines[at])


def swap_lines(lines, chance):
    one = chance.randrange(len(lines) - 1)
    other = one + 1 if chance.random() < 0.5 else chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def blank_line(lines, chance):
    lines.insert(chance.randrange(len(lines)), chance.choice(["", "", " ", "\r", "\t"]))


def blank_line_in_a_tree(lines, chance):
    lines.insert(any_of(lines, chance, "leaf_value", "right_child", "leaf_count", "threshold", "shrinkage"), "")


def key_again(lines, chance):
    at = any_of(lines, chance, "leaf_value", "threshold", "left_child", "decision_type", "split_feature")
    key, _, values = lines[at].partition("=")
    other = " ".join(reversed(values.split(" ")))
    lines.insert(at + chance.randrange(-2, 7), f"{key}={other}")


def change_a_count(lines, chance):
    key = chance.choice(["num_leaves", "num_class", "num_tree_per_iteration", "max_feature_idx", "tree_sizes"])
    change_value(lines, chance, key, str(chance.choice([0, 1, 2, 3, 6, 8, 100, -1, 2**31, 10**20])))


def change_a_child(lines, chance):
    change_value(lines, chance, chance.choice(["left_child", "right_child"]), str(chance.randrange(-9, 9)))


def swap_children(lines, chance):
    at = any_of(lines, chance, "left_child", "right_child")
    key, _, values = lines[at].partition("=")
    values = values.split(" ")
    chance.shuffle(values)
    lines[at] = f"{key}={' '.join(values)}"


def change_the_decision(lines, chance):
    change_value(lines, chance, "decision_type", str(chance.randrange(16)))


def add_categories(lines, chance):
    at = any_of(lines, chance, "num_cat")
    lines[at] = "num_cat=1"
    if chance.random() < 0.5:
        lines.insert(any_of(lines, chance, "is_linear"), "cat_boundaries=0 1\ncat_threshold=7")


def huge_number(lines, chance):
    key = chance.choice(["leaf_value", "threshold", "leaf_count", "split_feature", "internal_value", "leaf_weight"])
    huge = ["1e308", "1.0000000000000001e+300", "1e999", "inf", "-inf", "nan", "9" * 400, "4294967296", "1e-400"]
    change_value(lines, chance, key, chance.choice(huge))


def other_notation(lines, chance):
    at = any_of(lines, chance, "leaf_value", "threshold")
    old = chance.choice(lines[at].partition("=")[2].split(" "))
    new = chance.choice([f"+{old}", f"0{old}", f"{old}0", f"{old}f", old.replace(".", ","), f"{old}_0", f"{old}e0"])
    lines[at] = lines[at].replace(old, new, 1)


def change_a_feature(lines, chance):
    change_value(lines, chance, "split_feature", str(chance.randrange(-1, 6)))


def unknown_key(lines, chance):
    lines.insert(chance.randrange(len(lines)), chance.choice(["average_output", "leaf_const=1", "[linear_tree: 1]"]))


WAYS = (
    *(flip_a_byte, change_a_digit, cut_the_last_digits, delete_a_line, repeat_a_line, swap_lines, blank_line),
    *(blank_line_in_a_tree, key_again, change_a_count, change_a_child, swap_children, change_the_decision),
    *(add_categories, huge_number, other_notation, change_a_feature, unknown_key),
)


def spoilt(texts):
    """The texts, by the ways they were spoilt."""
    chance = random.Random(SEED)
    for number in range(TEXTS):
        lines, way = chance.choice(texts).split("\n"), WAYS[number % len(WAYS)]
        before = list(lines)
        while lines == before:
            way(lines, chance)
        yield f"{number:03d}-{way.__name__}", "\n".join(lines)


def raw_scores(text, rows):
    """What is written in a text: for each row and class, the sum of the leaves that it falls into."""
    model = parse(text)
    classes = int(model.head["num_class"])
    found = np.zeros((len(rows), classes))
    keys = ("split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value")
    for number in range(len(model.trees["num_leaves"])):
        one = replace(model, trees={key: [model.trees[key][number]] for key in keys})
        feature, threshold, decision, left, right, leaf = (numbers(one, key) for key in keys)
        for at, row in enumerate(rows):
            node = 0 if len(feature) else -1
            while node >= 0:
                value, null_is_null = row[feature[node]], decision[node] & 8
                if np.isnan(value) and null_is_null:
                    goes_left = bool(decision[node] & 2)
                else:
                    goes_left = (0.0 if np.isnan(value) else value) <= threshold[node]
                node = (left if goes_left else right)[node]
            found[at, number % classes] += leaf[-1 - node]
    return found if classes > 1 else found[:, 0]


def test_none_is_taken_that_scores_otherwise_than_is_written(texts, rows, tmp_path):
    taken, refused = {}, 0
    for name, text in spoilt(texts):
        try:
            check({name: text}, NAMES)
        except BadInput:
            refused += 1
        else:
            taken[name] = text
            (tmp_path / f"{name}.txt").write_bytes(text.encode())
    assert len(taken) >= AS_MANY and refused >= TEXTS / 2 and refused + len(taken) == TEXTS
    for number, text in enumerate(texts):
        taken[f"as trained {number}"] = text
        (tmp_path / f"as trained {number}.txt").write_bytes(text.encode())
    np.save(tmp_path / "rows.npy", rows[:ROWS])
    child = subprocess.run([sys.executable, "-c", CHILD], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert child.returncode == 0 and child.stdout.endswith("all\n"), child.stderr[-2000:]
    scored = {name: text for name, text in taken.items() if (tmp_path / f"{name}.npy").exists()}
    assert len(scored) >= AS_MANY + len(texts) and len(taken) - len(scored) <= 2, child.stderr
    for name, text in scored.items():
        assert dump(parse(text)) == text, name
        np.testing.assert_allclose(
            np.load(tmp_path / f"{name}.npy"), raw_scores(text, rows[:ROWS]), 1e-12, 1e-12, err_msg=name
        )
