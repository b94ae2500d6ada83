"""`holdfast models …`: each verb calls what it is named after, with what it was given."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from serving.terminal import models as shown
from training import tracking
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


def test_a_version_is_challenged_from_the_newest_snapshot_on_and_only_where_it_would_be_watched(
    holdfast, called, monkeypatch, tmp_path
):
    refused = holdfast("models", "challenge", "3")
    assert refused.code == 2 and "promote.shadow_days is 0: nothing is watched" in refused.err and called == []
    with (tmp_path / "holdfast.toml").open("a") as file:
        file.write("[promote]\nshadow_days = 45\n")
    newest = SimpleNamespace(manifest={"as_of": "2026-01-05T00:00:00"})
    monkeypatch.setattr("serving.batch.snapshot.latest", lambda store: newest)
    monkeypatch.setattr(tracking, "challenge", lambda config, *given: called.append(("challenge", *given)))
    monkeypatch.setattr(tracking, "withdraw", lambda config: called.append(("withdraw",)) or "3")
    monkeypatch.setattr(shown, "show_challenger_named", lambda *_: None)
    assert holdfast("models", "challenge", "3").code == 0
    withdrawn = holdfast("models", "withdraw")
    assert called == [("challenge", "3", datetime(2026, 1, 5)), ("withdraw",)]
    assert "version 3 is challenger no more" in withdrawn.out
