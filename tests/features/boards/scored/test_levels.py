"""Member levels: who is on which, who moved, who is close to the next."""

from features.boards import BOARDS
from tests.features.boards.made import chosen, made, sight

LEVELS = [
    {"name": name, "least": least, "measure": "order_amount_total"} for name, least in (("silver", 100), ("gold", 1000))
]


def test_users_moves_and_who_is_close(con, config_of, cutoff):
    now = {"a": "silver", "b": "silver", "c": "gold", "d": None, "e": None, "new": None}
    then = {"a": None, "b": "gold", "c": "gold", "d": None, "e": "silver"}
    measure = {"a": 899.9, "b": 900, "c": 950, "d": 89, "e": 90, "new": None}
    scored = [{"user_id": user, "level": level, "value_at_stake": 1.5} for user, level in now.items()]
    earlier = {30: [{"user_id": user, "level": level} for user, level in then.items()]}
    found = made(con, sight(con, config_of(level=LEVELS), cutoff, None, scored, earlier, measure), "levels")
    assert chosen(found, "level", "level_before", "known_before", "users", "near", "value_at_stake") == [
        ("gold", "gold", 1, 1, 0, 1.5),  # the highest has none above
        ("silver", "gold", 1, 1, 1, 1.5),
        ("silver", None, 1, 1, 0, 1.5),
        (None, "silver", 1, 1, 1, 1.5),
        (None, None, 1, 2, 0, 3.0),
    ]


def test_without_a_snapshot_before_nobody_moved(con, config_of, cutoff):
    scored = [{"user_id": "a", "level": "gold"}]
    found = made(con, sight(con, config_of(level=LEVELS), cutoff, None, scored, None, {"a": 2000}), "levels")
    assert chosen(found, "level", "level_before", "known_before", "users") == [("gold", None, 0, 1)]


def test_it_says_what_it_lacks(con, config_of, cutoff):
    assert BOARDS["levels"].lacks(sight(con, config_of(), cutoff, None, [{"user_id": "a"}])) == "needs [[level]]"
