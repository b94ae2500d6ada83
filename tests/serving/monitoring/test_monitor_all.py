"""The monitoring job: what it leaves in the store."""

import json
import shutil

from features.user_base import UserBase
from serving.monitoring.monitor_all import monitor_all
from serving.monitoring.report.kept import newest


def test_what_was_found_is_kept_in_two_languages_and_logged(monitored, tmp_path, monkeypatch):
    logged = []
    monkeypatch.setattr("serving.monitoring.monitor_all.log_monitoring", lambda *given: logged.append(given))
    shutil.copytree(monitored.config.store_path, tmp_path / "store")
    store = monitored.config.store.model_copy(update={"path": str(tmp_path / "store")})
    base = UserBase(monitored.config.model_copy(update={"store": store}), monitored.con, monitored.tables)
    done = monitor_all(base)
    assert newest(base.config.store_path) == json.loads(json.dumps(done.told))
    assert {
        name: file.read_text(encoding="utf-8")[:60].count(f'lang="{name}') for name, file in done.pages.items()
    } == {
        "en": 1,
        "zh": 1,
    }
    ((_, told, _, pages),) = logged
    assert told is done.told and pages == list(done.pages.values())
