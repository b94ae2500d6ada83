import pytest

from features.config import load
from features.errors import BadInput
from serving.example import example


def test_an_example_can_be_opened_as_it_is(tmp_path):
    config = load(example(100, tmp_path))
    assert set(config.tables) == {"orders", "events", "users"} and config.horizon == 30


def test_two_examples_lie_apart_and_another_base_is_not_overwritten(tmp_path):
    assert example(50) != example(50)
    example(50, tmp_path)
    with pytest.raises(BadInput, match="already holds Parquet files"):
        example(50, tmp_path)
