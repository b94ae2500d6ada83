"""A person reads what went, and what is left for them to do."""

from pathlib import Path

from serving.cli.rights.told import show_erased, show_kept
from serving.rights.erase import Erased
from serving.rights.kept import Kept, Place


def test_what_lies_outside_is_named(copy, capsys):
    show_erased(
        copy(), Erased("one", 2, {"snapshots": 5}, ("2026-01-04, play perks",), ("tables.orders: o.csv",), True)
    )
    out = capsys.readouterr().out
    assert "went on with an erasure that was stopped: erased 2 users" in out and "snapshots: 5" in out
    assert "nothing was found" not in out
    show_erased(copy(), Erased("one", 1, {}, (), (), False))
    assert "nothing was found of them" in capsys.readouterr().out
    assert "tables.orders: o.csv" in out and "sent to another system: 2026-01-04, play perks" in out


def test_how_much_is_kept_is_counted_by_kind(planted, capsys):
    places = [Place("scores", "one", [{}, {}], {}), Place("scores", "two", [{}], {})]
    show_kept(Kept("7", planted.now, places, True, [], []), [Path("user.json")])
    out = capsys.readouterr().out
    assert "3 rows are kept about this user, in 2 files" in out and "Scores: 3" in out and "wrote user.json" in out
    assert "erased before" in out
