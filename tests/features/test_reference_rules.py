"""The page on rules: its examples are what the configuration reads, and its tables hold every default rule."""

import re
import tomllib

import pytest

from features.config import Config
from features.config.operations.conditions import LEVEL, NAMED, POINTS, SNAPSHOT
from features.config.stage_rules import STATES
from features.reference_rules import ASKED, MEANING, page

BASE = {"tables": {"orders": {"path": "orders.csv"}}}
EXAMPLES = re.findall(r"```toml\n(.*?)```", page(), re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_read(text):
    config = Config.model_validate(BASE | tomllib.loads(text))
    assert config.lifecycle.model_fields_set or config.layers.model_fields_set or config.playbook.segments


def test_there_are_examples_of_stages_and_layers():
    assert len(EXAMPLES) == 6


def test_every_default_stage_and_layer_has_its_line():
    text, config = page(), Config.model_validate(BASE)
    assert all(f"| `{layer.name}` | {group.en} |" in text for layer in config.groupings() for group in layer.groups)
    assert all(f"| `lapsed_{step}` |" in text for step in (1, 2, 3)) and "| `potential` |" in text


def test_every_name_beside_features_is_explained():
    assert MEANING.keys() == STATES.keys() and ASKED.keys() == NAMED.keys()


def test_what_plays_may_ask_and_lists_are_told():
    text = page()
    assert all(f"| `{name}` | {kind} |" in text for name, kind in {**SNAPSHOT, **LEVEL, **POINTS}.items())
    assert all(f"| `{word}:NAME` | {kind} | `{section}` |" in text for word, (kind, section) in NAMED.items())
    assert "`stage in ('loyal', 'active')`" in text
