"""A verb fetches before its work and pushes after it, also where it fails; without a remote it does neither."""

from types import SimpleNamespace

import pytest

from serving.remote import around
from serving.remote.sync import Synced


@pytest.fixture
def done(monkeypatch):
    found = []
    for name in ("fetch", "push"):
        monkeypatch.setattr(around, name, lambda *_, name=name: found.append(name) or Synced(told=[f"{name} told"]))
    return found


def test_a_store_of_one_machine_is_left_alone(done):
    config = SimpleNamespace(store_remote=None)
    around.before(config)
    around.after(config)
    assert done == []


def test_what_is_done_within_is_pushed_also_where_it_fails_and_rules_are_told_beside_it(done, tmp_path, capsys):
    config = SimpleNamespace(store_remote="s3://b/x", store_path=tmp_path)
    around.before(config)
    with pytest.raises(ZeroDivisionError), around.shared(config):
        _ = 1 / 0
    assert done == ["fetch", "push"]
    assert capsys.readouterr().err == "store.remote: fetch told\nstore.remote: push told\n"
