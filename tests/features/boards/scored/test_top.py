"""The lists of whom it is most worth to keep."""

from features.boards.scored.top import GROUPS, MOST

ORDERS = ["user_id ago amount", ("a", 1, 1)]


def row(user, stake, stage="active", before="new"):
    of = {"stage": stage, "stage_before": before, "risk_band": "high", "stay_tier": "low"}
    return {"user_id": user, "value_at_stake": stake} | of


def test_each_list_begins_with_the_most_and_the_smaller_id_where_alike(board_of):
    scored = [row("a", 1.0), row("b", 5.0), row("c", 5.0, stage="loyal"), row("d", None), row("e", 3.0, before=None)]
    lists = {}
    for one in board_of("top", orders=ORDERS, scored=scored):
        lists.setdefault((one["by"], one["first"], one["second"]), []).append((one["place"], one["user_id"]))
    assert lists == {
        ("all", None, None): [(1, "b"), (2, "c"), (3, "e"), (4, "a")],
        ("stage", "active", None): [(1, "b"), (2, "e"), (3, "a")],
        ("stage", "loyal", None): [(1, "c")],
        ("cell", "high", "low"): [(1, "b"), (2, "c"), (3, "e"), (4, "a")],
        ("move", "new", "active"): [(1, "b"), (2, "a")],
        ("move", "new", "loyal"): [(1, "c")],
    }


def test_lists_end_after_so_many(board_of):
    rows = board_of("top", orders=ORDERS, scored=[row(f"u{one:03}", float(one)) for one in range(MOST + 5)])
    assert [one["user_id"] for one in rows if one["by"] == "all"][-1] == "u005" and len(rows) == len(GROUPS) * MOST


def test_it_lists_as_pandas_does(small):
    rows, made = small.frames["scored"], small.made("top")
    rows = rows[rows.value_at_stake.notna()].sort_values(["value_at_stake", "user_id"], ascending=[False, True])
    assert made.user_id[made.by == "all"].tolist() == rows.user_id.head(MOST).tolist()
    cells = made[made.by == "cell"].groupby(["first", "second"]).user_id.agg(list)
    assert len(cells) == 9
    for (band, tier), users in cells.items():
        assert users == rows.user_id[(rows.risk_band == band) & (rows.stay_tier == tier)].head(MOST).tolist()
