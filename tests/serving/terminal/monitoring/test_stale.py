"""serving/terminal/monitoring/stale.py."""

from datetime import UTC, datetime

from serving.terminal.monitoring.stale import show_stale


def test_an_old_snapshot_is_said_in_the_language_asked_for(base, capsys):
    show_stale(base.config, {"as_of": "2020-01-01T00:00:00"}, "zh")
    assert capsys.readouterr().out.startswith("已过期：快照截至 2020-01-01")
    show_stale(base.config, {"as_of": "2020-01-01T00:00:00"})
    assert capsys.readouterr().out.startswith("stale: the snapshot is of 2020-01-01")


def test_a_new_one_says_nothing(base, capsys):
    show_stale(base.config, {"as_of": datetime.now(UTC).replace(tzinfo=None).isoformat()})
    assert capsys.readouterr().out == ""
