"""`holdfast models …`: each verb calls what it is named after, with what it was given."""

import pytest

from serving.terminal import models as shown
from training.tracking import comparison, registry


@pytest.fixture
def called(monkeypatch, tmp_path):
    """What the verbs called, by name, without the configuration."""
    (tmp_path / "holdfast.toml").write_text("[tables.orders]\npath = 'orders.csv'\n[churn]\nhorizon_days = 30\n")
    monkeypatch.chdir(tmp_path)
    calls = []
    for module, name in ((registry, "entries"), (registry, "promote"), (registry, "rollback"), (comparison, "compare")):
        monkeypatch.setattr(module, name, lambda config, *given, name=name: calls.append((name, *given)))
    for name in ("show_versions", "show_champion", "show_comparison"):
        monkeypatch.setattr(shown, name, lambda _: None)
    return calls


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (["list"], ("entries",)),
        (["compare", "3", "champion"], ("compare", "3", "champion")),
        (["promote", "3"], ("promote", "3", False)),
        (["promote", "previous", "--force"], ("promote", "previous", True)),
        (["rollback"], ("rollback",)),
    ],
)
def test_a_verb_calls_what_it_is_named_after(holdfast, called, words, call):
    assert holdfast("models", *words).code == 0
    assert called == [call]


def test_the_help_names_every_verb(holdfast):
    text = holdfast("models", "--help").out
    assert all(verb in text for verb in ("list", "compare", "promote", "rollback"))
