"""Community and points: what has no table says so, and levels add up by where users are now."""

from datetime import date
from types import SimpleNamespace

import pyarrow as pa

from serving.api.pages.handlers.community import TABLES, _levels, _rows, _tiles


def test_what_is_not_there_says_why(site):
    text = site.get("/ui/community", headers={"accept-language": "en"}).text
    assert "needs [tables.points]" in text and text.count("This part was not made") == len(TABLES)


def test_moves_between_levels_add_up_to_the_levels(view):
    def row(level, before, users):
        return {"level": level, "level_before": before, "users": users, "near": 1, "value_at_stake": 2.5}

    found = _levels(view(), [row("gold", None, 3), row("gold", "silver", 4), row(None, None, 5)])
    told = {one["level"]: (one["users"], one["near"], one["value_at_stake"]) for one in found}
    assert told == {"gold": (7, 2, 5.0), None: (5, 1, 2.5)}


def test_groups_are_shown_of_the_last_week_that_is_over():
    weeks = [date(2025, 12, 15), date(2025, 12, 22), date(2025, 12, 29)]
    board = pa.table({"period": ["week"] * 3, "date": weeks, "members": [3, 4, 5]})
    for as_of, shown in (("2025-12-28T23:59:00+00:00", 3), ("2025-12-31T23:00:00+00:00", 4)):
        view = SimpleNamespace(board=lambda _: board, snapshot=SimpleNamespace(manifest={"as_of": as_of}))
        assert [row["members"] for row in _rows(view, "community")] == [shown]


def test_balances_add_up_to_the_headline_numbers():
    one = {"balance": 10, "liability": 0.1, "unclaimed": 1}
    assert _tiles([one, one]) == {"balance": 20, "liability": 0.2, "unclaimed": 2}
    assert _tiles(None) is None
