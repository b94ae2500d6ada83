"""Rows told by another id: its user's in every feature from the link on, and never before it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.build import build, known
from features.build.population import measure
from features.catalogue.feature import parse
from features.engine.duckdb_session import connect
from features.tables.clean import clean
from features.user_base import UserBase

CUTOFF, NOW = datetime(2026, 1, 1), datetime(2026, 3, 1)
BY_CARD = 'columns = { user_id = { id_type = "card", column = "no" } }\n'
TOML = "[quality]\nmax_bad_share = 1\n" + "".join(
    f'[tables.{name}]\npath = "{name}.csv"\n{BY_CARD}' for name in ("orders", "messages", "points", "feedback", "users")
)
TOML += '[tables.events]\npath = "events.csv"\n[tables.identities]\npath = "identities.csv"\n'
HEADERS = {
    "orders": "no,time,amount",
    "messages": "no,time,channel,opened_at",
    "points": "no,time,kind,points",
    "feedback": "no,time,kind,score",
    "users": "no,time,plan",
    "events": "user_id,time,event",
    "identities": "id_type,id,user_id,time",
}
COLUMNS = ["order_count_90d", "order_amount_90d", "days_since_order", "event_count_90d", "active_days_90d"]
COLUMNS += ["messages_sent_90d", "days_since_open", "points_earned_90d", "days_since_complaint", "plan"]
CARDS = {"A": 1, "B": 1, "C": 2, "D": 3, "Z": 4}  # whose each is; D's and Z's users do nothing else


def at(days):
    """So many days before the cutoff, as the files have it."""
    return f"{CUTOFF - timedelta(days=days):%Y-%m-%d %H:%M:%S}"


def written(**rows):
    return {f"{name}.csv": "\n".join([HEADERS[name], *rows.get(name, ())]) + "\n" for name in HEADERS}


def visits(days, cards="ABCD"):
    """A row of each table for every card at each of these days before the cutoff."""
    places = [(card, at(ago)) for card in cards for ago in days] + [("Z", at(1))]
    return {
        "orders": [f"{card},{time},5" for card, time in places],
        "messages": [f"{card},{time},mail,{time}" for card, time in places],
        "points": [f"{card},{time},earned,3" for card, time in places],
        "feedback": [f"{card},{time},complaint,4" for card, time in places],
        "users": [f"{card},{time},{card}" for card, time in places],
        "events": [f"2,{at(3)},view", f"1,{at(40)},view"],
    }


def links(**since):
    """card = days before the cutoff at which it was linked."""
    return [f"card,{card},{CARDS[card]},{at(days)}" for card, days in since.items()]


def found(shop, files, cutoff=CUTOFF):
    """Everybody's features at the cutoff, by user and feature, who is known at it, and the population."""
    config = shop(TOML, **files)
    with connect(config) as con:
        base = UserBase(config, con, clean(con, config, NOW))
        rows = build(base, cutoff, [parse(name) for name in COLUMNS]).sort_by("user_id").to_pylist()
        users = sorted(con.to_pyarrow(known(base, cutoff))["user_id"].to_pylist())
        return {row.pop("user_id"): row for row in rows}, users, measure(base, cutoff)


@pytest.mark.parametrize(
    "since, orders, plan",
    [(50, 2, "A"), (20, 2, "A"), (0.5, 2, "A"), (0, 0, None), (-5, 0, None)],
    ids=["before all rows", "between them", "after them", "at the cutoff", "after the cutoff"],
)
def test_a_row_counts_from_the_link_on_whenever_it_happened(shop, since, orders, plan):
    files = written(**visits([30, 10], "A"), identities=[*links(A=since), *links(C=99)])
    rows, users, _ = found(shop, files)
    assert users == [1, 2] and list(rows) == users
    assert (rows[1]["order_count_90d"], rows[1]["event_count_90d"]) == (orders, 1)
    assert rows[1]["days_since_order"] == (10 if orders else None)
    assert (rows[1]["messages_sent_90d"], rows[1]["plan"]) == (orders, plan)


def test_who_has_no_row_but_by_a_card_is_known_from_the_link_on(shop):
    files = written(**visits([30], "D"), identities=links(D=5, C=99))
    assert found(shop, files)[1] == [1, 2, 3]
    assert found(shop, files, CUTOFF - timedelta(days=5))[1] == [1]  # the link is at it


days = st.lists(st.integers(-20, 60).map(lambda n: n / 2), min_size=1, max_size=4)
later = st.lists(st.tuples(st.sampled_from(sorted(CARDS)), st.integers(-100, 0)), max_size=5)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])  # each builds two bases
@given(days=days, early=st.sets(st.sampled_from(sorted(CARDS))), later=later)
def test_links_from_the_cutoff_on_change_nothing(shop, days, early, later):
    # Later links agree with earlier ones: those that contradict them take both out, from every past.
    rows, then = visits(days), [*links(**dict.fromkeys(early, 30)), *links(Z=30)]
    after = [line for card, ago in later for line in links(**{card: ago / 2})] + ["card,new,9," + at(-1)]
    assert found(shop, written(**rows, identities=then)) == found(shop, written(**rows, identities=then + after))
