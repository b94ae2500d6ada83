"""A monitoring report in MLflow: its figures, the report, and its pages."""

import json
from pathlib import Path

from training.tracking.monitorings import log_monitoring
from training.tracking.server import client


def test_a_run_holds_figures_report_and_pages(system, elsewhere, tmp_path):
    config = elsewhere(system.config, tmp_path / "store")
    page = tmp_path / "latest.zh.html"
    page.write_text("报告")
    told = {"verdict": "watch", "run": "2026-01-01-abc", "model": "v1-abc", "now": "2026-01-02T03:04:05"}
    run_id = log_monitoring(config, told, {"realised_ece": 0.01, "verdict": 1.0}, [page])
    with client(config) as registry:
        run = registry.get_run(run_id)
        assert run.info.run_name == "monitor 2026-01-02"
        assert run.data.metrics == {"realised_ece": 0.01, "verdict": 1.0}
        assert (run.data.tags["kind"], run.data.tags["verdict"]) == ("monitoring", "watch")
        file = registry.download_artifacts(run_id, "monitoring.json", str(tmp_path))
        assert json.loads(Path(file).read_text(encoding="utf-8")) == told
        assert [one.path for one in registry.list_artifacts(run_id, "report")] == ["report/latest.zh.html"]
