"""`holdfast monitor`: the whole verb on the small base, which the clock has left behind."""

import json
import shutil

import pytest

from holdfast import app
from serving.cli.command import run


@pytest.fixture
def folder(base, tmp_path):
    """A folder with the base's settings, a link to its tables, and a store that holds its snapshot alone."""
    (tmp_path / "data").symlink_to(base.config.file.parent / "data")
    shutil.copy(base.config.file, tmp_path)
    shutil.copytree(base.config.store_path / "snapshots", tmp_path / "store" / "snapshots")
    return tmp_path


def test_it_tells_writes_logs_and_alarms(folder, capsys):
    files = [folder / "out" / name for name in ("m.json", "m.prom", "alarm.json")]
    given = ["--json", str(files[0]), "--prometheus", str(files[1]), "--hook", f"tee {files[2]}"]
    given += ["--strict", "--language", "zh", "--config", str(folder / "holdfast.toml")]
    assert run(app, ["monitor", *given]) == 1
    out, err = capsys.readouterr()
    assert "结论：停用" in out
    assert err.startswith("holdfast: monitor: stop: 日志止于")
    told, alarm = (json.loads(file.read_text(encoding="utf-8")) for file in (files[0], files[2]))
    assert alarm["findings"] == told["findings"]
    assert alarm["verdict"] == told["verdict"] == "stop"
    assert "holdfast_monitor_verdict 3" in files[1].read_text()
    kept = {file.name for file in (folder / "store" / "monitoring").iterdir()}
    assert kept == {"latest.json", "latest.en.html", "latest.zh.html"}
    assert (folder / "store" / "mlflow.db").exists()
    assert run(app, ["monitor", "--language", "fr", "--config", str(folder / "holdfast.toml")]) == 2


def test_a_store_without_a_snapshot_says_what_to_do(folder, capsys):
    shutil.rmtree(folder / "store" / "snapshots")
    assert run(app, ["monitor", "--config", str(folder / "holdfast.toml")]) == 2
    assert "holdfast score" in capsys.readouterr().err
