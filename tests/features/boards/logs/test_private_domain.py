"""The five steps are taken one after the other, by the channel that users came from."""

import random
from collections import defaultdict
from datetime import timedelta
from statistics import mean, median

import pytest

from tests.features.boards.made import chosen, first_times, made, sight

KINDS = ["follow", "add", "chat", "tag", "order"]


def world(con, config_of, tables_of, cutoff, events, users):
    tables = tables_of(events=["user_id ago event", *events], users=["user_id channel", *users])
    return sight(con, config_of(["events", "users"], private_domain={"steps": KINDS}), cutoff, tables)


def test_steps_count_in_their_order(con, config_of, tables_of, cutoff):
    events = [
        *(("a", 20 - k, kind) for k, kind in enumerate(KINDS)),  # a step a day
        ("b", 20, "add"),  # before the first: does not count
        ("b", 10, "follow"),
        ("b", 6, "add"),
        ("c", 9, "chat"),  # never attracted
        ("d", 5, "follow"),
        ("d", -1, "add"),  # after the date
    ]
    users = [("a", "ads"), ("b", "ads"), ("d", None)]
    found = made(con, world(con, config_of, tables_of, cutoff, events, users), "private_domain")
    ads = [row for row in found if row["channel"] == "ads"]
    assert chosen(ads, "step", "event", "users") == [
        ("attract", "follow", 2),
        ("receive", "add", 2),
        ("nurture", "chat", 1),
        ("qualify", "tag", 1),
        ("operate", "order", 1),
    ]
    assert chosen(ads, "rate", "overall", "days_mean", "days_median")[:3] == [
        (None, 1.0, None, None),
        (1.0, 1.0, 2.5, 2.5),
        (0.5, 0.5, 1.0, 1.0),
    ]
    assert chosen(found[5:], "channel", "users", "rate") == [(None, 1, None), (None, 0, 0.0)] + [(None, 0, None)] * 3


def test_it_is_what_a_walk_through_the_events_finds(con, config_of, tables_of, cutoff):
    rng = random.Random(8)
    events = [(f"u{rng.randrange(40)}", rng.randrange(1, 60), rng.choice(KINDS)) for _ in range(700)]
    users = [(f"u{n}", f"c{n % 3}") for n in range(40)]
    found = made(con, world(con, config_of, tables_of, cutoff, events, users), "private_domain")
    of = defaultdict(list)
    for user, times in first_times([(u, cutoff - timedelta(days=ago), k) for u, ago, k in events], KINDS).items():
        of[f"c{int(user[1:]) % 3}"].append(times)
    for row in found:
        step, walks = row["place"] - 1, of[row["channel"]]
        assert row["users"] == sum(len(times) > step for times in walks)
        took = [(t[step] - t[step - 1]) / timedelta(days=1) for t in walks if len(t) > step > 0]
        assert (row["days_mean"], row["days_median"]) == (
            (pytest.approx(mean(took)), pytest.approx(median(took))) if took else (None, None)
        )


def test_there_are_five_steps_or_none(config_of):
    with pytest.raises(ValueError, match="name five"):
        config_of(["events"], private_domain={"steps": KINDS[:4]})
