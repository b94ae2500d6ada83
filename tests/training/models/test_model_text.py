"""A model's text in pieces gives the text again, and a number counts as it is written or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from training.models.model_text import LINES, Unsound, dump, numbers, parse


@pytest.fixture(scope="module")
def model(bundle):
    return parse(bundle.boosters["churn"])


def test_what_is_trained_is_written_again_to_the_byte(bundle):
    for text in bundle.boosters.values():
        assert dump(parse(text)) == text


def test_the_pieces_are_what_the_text_says(bundle, model):
    text = bundle.boosters["churn"]
    assert model.head["objective"] == "binary sigmoid:1" and model.parameters["learning_rate"] == "0.04"
    assert model.head["feature_names"].split(" ") == list(bundle.features)
    assert {len(lines) for lines in model.trees.values()} == {text.count("\nTree=")}
    first = next(line for line in text.split("\n") if line.startswith("threshold="))
    assert first == f"threshold={model.trees['threshold'][0]}"
    one_by_one = [float(word) for line in model.trees["threshold"] for word in line.split()]
    np.testing.assert_array_equal(numbers(model, "threshold"), one_by_one)
    assert numbers(model, "left_child").dtype == np.int64


def test_sizes_and_importances_are_counted_not_copied(bundle):
    text = bundle.boosters["churn"]
    start, end = text.index("\nfeature_importances:\n") + 22, text.index("\nparameters:")
    name, count = text[start:end].split("\n")[0].split("=")
    assert dump(parse(text.replace(f"\n{name}={count}\n", f"\n{name}=1{count}\n"))) == text
    assert dump(parse(text.replace("\ntree_sizes=", "\ntree_sizes=7"))) == text


def test_a_text_without_a_line_is_no_model(bundle):
    with pytest.raises(KeyError):
        parse(bundle.boosters["churn"].replace("\nleft_child=", "\nleft=", 1))


WHOLE_WRONG = ["07", "+7", "-0", "1_0", "٣", "2147483648", "-2147483649"]
EXACT_WRONG = ["0.10", "0.1000000000000000055", "1e5", "+1", "1_0", "Inf", "infinity", "٣", " 1", "1\t", "0x1p3", ".5"]


@pytest.mark.parametrize(
    ("key", "word"), [("left_child", one) for one in WHOLE_WRONG] + [("leaf_value", one) for one in EXACT_WRONG]
)
def test_a_number_that_two_parsers_may_read_apart_is_refused(model, key, word):
    lines = [word, *model.trees[key][1:]]
    with pytest.raises((Unsound, ValueError)):
        numbers(replace(model, trees={**model.trees, key: lines}), key)


@pytest.mark.parametrize("word", ["inf", "-0", "5e-324", "1.0000000180025095e-35", "0.10000000000000001", "100000"])
def test_a_number_as_lightgbm_writes_it_is_taken(model, word):
    exact = "4.9406564584124654e-324" if word == "5e-324" else word
    found = numbers(replace(model, trees={**model.trees, "threshold": [exact]}), "threshold")
    assert found.tolist() == [float(word)]


def test_no_line_at_all_has_no_numbers(model):
    for key in LINES:
        assert len(numbers(replace(model, trees={**model.trees, key: ["", ""]}), key)) == 0
