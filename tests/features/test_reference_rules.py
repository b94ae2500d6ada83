"""The page on rules: its examples are what the configuration reads, and its tables hold every default rule."""

import re
import tomllib

import pytest

from features.config import Config
from features.config.stage_rules import STATES
from features.reference_rules import MEANING, page

BASE = {"tables": {"orders": {"path": "orders.csv"}}}
EXAMPLES = re.findall(r"```toml\n(.*?)```", page(), re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_read(text):
    config = Config.model_validate(BASE | tomllib.loads(text))
    assert config.lifecycle.model_fields_set or config.layers.model_fields_set


def test_there_are_examples_of_stages_and_layers():
    assert len(EXAMPLES) == 5


def test_every_default_stage_and_layer_has_its_line():
    text, config = page(), Config.model_validate(BASE)
    assert all(f"| `{layer.name}` | {group.en} |" in text for layer in config.groupings() for group in layer.groups)
    assert all(f"| `lapsed_{step}` |" in text for step in (1, 2, 3)) and "| `potential` |" in text


def test_every_name_beside_features_is_explained():
    assert MEANING.keys() == STATES.keys()
