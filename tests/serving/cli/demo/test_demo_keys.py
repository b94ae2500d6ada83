"""The demo's two keys: one may draft and the other approve; they are shown once and their hashes alone are kept."""

import os
from pathlib import Path

import pytest

from features.config import Api
from serving.api.guard.keys import VARIABLE, digest, keys, owner
from serving.cli.demo import demo_keys
from serving.cli.demo.demo_config import CONFIG


@pytest.fixture
def served(monkeypatch, tmp_path):
    """What became the server."""
    found = []
    monkeypatch.setenv(VARIABLE, f"mine:{digest('mine')}:read")
    monkeypatch.setattr(demo_keys, "start", lambda *given: found.append(given))
    (tmp_path / "holdfast.toml").write_text(CONFIG)
    return found


def test_two_people_get_keys_that_the_server_knows_beside_those_before(served, tmp_path, capsys):
    demo_keys.serve(tmp_path, 4000)
    ((config, host, port),) = served
    assert (config.file, host, port) == (tmp_path / "holdfast.toml", "127.0.0.1", 4000)
    shown = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    known = keys(Api())
    found = {line[0]: set(owner(known, line[1]).scopes) for line in shown}
    assert found == {"operator": {"read", "operate"}, "approver": {"read", "approve"}}
    assert owner(known, "mine") and not any(line[1] in os.environ[VARIABLE] for line in shown)
    assert (tmp_path / "holdfast.toml").read_text() == CONFIG


def test_other_keys_are_made_each_time(served, tmp_path, capsys):
    demo_keys.serve(Path(tmp_path), 4000)
    first = capsys.readouterr().out
    demo_keys.serve(Path(tmp_path), 4000)
    assert {*first.split()} & {*capsys.readouterr().out.split()} & {
        one for one in first.split() if len(one) == 43
    } == set()
