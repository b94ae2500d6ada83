"""A server's name in the environment is what moves the registry out of the store."""

from training.mlflow_place import remote


def test_a_server_is_one_that_the_environment_names(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert not remote()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server")
    assert remote()
