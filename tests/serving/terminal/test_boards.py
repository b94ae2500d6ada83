"""Every board is a row: with its number of rows, or with why it was not made."""

from pathlib import Path

from features.boards import BOARDS
from serving.reports.boards import Made
from serving.terminal.boards import show_boards


def test_boards_made_and_missing(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    boards = {"made": {"orders": {"file": "x", "sha256": "", "rows": 1234}}, "missing": {"goals": "needs [[goal]]"}}
    show_boards(Made(Path("store/boards/x"), {"as_of": "2026-01-01T00:00:00", "boards": boards}, True))
    lines = capsys.readouterr().out.splitlines()
    assert any("orders" in line and "1,234" in line for line in lines)
    assert any("goals" in line and "needs [[goal]]" in line for line in lines)
    assert sum(any(f" {name} " in line for line in lines) for name in BOARDS) == len(BOARDS)
    assert lines[-1] == "wrote store/boards/x"
