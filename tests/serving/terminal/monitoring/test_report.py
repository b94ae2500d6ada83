"""serving/terminal/monitoring/report.py."""

from serving.terminal.monitoring.report import show_monitoring

SAID = {"en": "events: no row", "zh": "events：没有数据"}
TOLD = {
    "verdict": "stop",
    "advice": {"en": "write to nobody", "zh": "请勿触达"},
    "findings": [{"level": "stop", "said": SAID}],
    "freshness": [{"table": "events", "newest": None, "silent": None, "usual": None, "stopped": False}],
} | {name: [] for name in ("volumes", "inputs", "scores", "early", "realised")}


def test_the_verdict_stands_last_under_its_reasons(capsys):
    show_monitoring(TOLD, {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["stop: events: no row", "verdict: stop, write to nobody"]
    assert any("Freshness of the tables" in line for line in lines)


def test_it_speaks_chinese(capsys):
    show_monitoring(TOLD, {}, "zh")
    assert capsys.readouterr().out.splitlines()[-1] == "结论：停用，请勿触达"
