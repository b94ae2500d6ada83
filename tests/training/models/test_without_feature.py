"""A booster without a feature answers as the whole one does with 0 there, and is a sound model."""

import numpy as np
import pytest

from training.models import boost, model_text_check
from training.models.model_text import parse
from training.models.without_feature import without

NAMES = ("a", "b", "flag")


def trained(effect, seed=1, objective="binary", **settings):
    random = np.random.default_rng(seed)
    x = np.column_stack([random.normal(size=(4000, 2)), random.random(4000) < 0.3])
    x[::50, 0] = np.nan
    y = random.random(4000) < 1 / (1 + np.exp(-(np.nan_to_num(x[:, 0]) + effect * x[:, 2])))
    data = boost.dataset(x, NAMES)
    given = {"seed": 3, "threads": 1, "rounds": 20, "feature_fraction": 1.0, **settings}
    target = y + x[:, 2] if objective == "multiclass" else y.astype(float)
    return boost.fit(objective, data, target, **given), x


@pytest.mark.parametrize("effect", [0.8, 2.0, -3.0])
def test_it_answers_as_the_whole_one_with_0(effect):
    text, x = trained(effect)
    assert "flag=" in text.partition("feature_importances")[2]  # it was split by
    none = x * [1, 1, 0]
    pruned = without(text, "flag")
    assert np.array_equal(boost.predict(pruned, x[:, :2], 1), boost.predict(text, none, 1))
    assert not np.array_equal(boost.predict(text, x, 1), boost.predict(text, none, 1))
    model_text_check.check({"churn": pruned}, NAMES[:2])


def test_a_tree_that_asked_for_nothing_else_becomes_a_leaf():
    text, x = trained(6.0, num_leaves=2, feature_contri=[0.0, 0.0, 1.0])
    pruned = without(text, "flag")
    assert set(parse(pruned).trees["num_leaves"]) == {"1"}
    assert np.allclose(boost.predict(pruned, x[:, :2], 1), boost.predict(text, x * [1, 1, 0], 1))
    model_text_check.check({"churn": pruned}, NAMES[:2])


@pytest.mark.parametrize(
    "settings",
    [{"objective": "multiclass", "num_class": 3}, {"objective": "tweedie"}, {"monotone_constraints": [1, 0, 0]}],
)
def test_every_kind_of_booster_stays_sound(settings):
    text, x = trained(1.0, **settings)
    pruned = without(text, "flag")
    model_text_check.check({"any": pruned}, NAMES[:2])
    assert np.array_equal(boost.predict(pruned, x[:, :2], 1), boost.predict(text, x * [1, 1, 0], 1))


def test_one_that_has_no_such_feature_stays_as_it_is_and_one_in_the_middle_is_refused():
    text, _ = trained(1.0)
    assert without(text, "other") == text
    with pytest.raises(ValueError, match="last"):
        without(text, "a")
