"""serving/monitoring/report/kept.py."""

from serving.monitoring.report.kept import keep, newest


def test_the_newest_report_is_read_back(tmp_path):
    assert newest(tmp_path) is None
    keep(tmp_path, {"verdict": "watch"})
    file = keep(tmp_path, {"verdict": "停"})
    assert newest(tmp_path) == {"verdict": "停"}
    file.write_text("{")
    assert newest(tmp_path) is None
