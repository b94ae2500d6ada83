"""The cure for a misspelt name is the nearest one, or else all of them."""

import pytest

from features.errors import did_you_mean


@pytest.mark.parametrize(
    "name, known, cure",
    [
        ("order", ["orders", "events"], "did you mean 'orders'?"),
        ("xyz", ["orders", "events"], "there are: events, orders"),
        ("xyz", [], "there are none"),
        (
            "xyz",
            [f"n{one}" for one in range(10, 60)],
            f"there are 50: {', '.join(f'n{one}' for one in range(10, 20))} …",
        ),
        ("order", iter(["orders"]), "did you mean 'orders'?"),
    ],
)
def test_the_cure(name, known, cure):
    assert did_you_mean(name, known) == cure
