"""Lists that left the house are named for those who were written to, and nobody is named."""

from serving.rights.outside import lists_of, sources
from serving.rights.people import People


def test_lists_are_named_without_the_person(copy, planted):
    config = copy()
    found = lists_of(config.store_path, People(tuple(planted.ids)))
    assert len(found) == 2 and not any(one in " ".join(found) for one in planted.ids)
    assert found[0].startswith("2026-01-04, play perks of 2026-01-03-") and found[1] == "2026-01-04, tags: csv for app"
    assert lists_of(config.store_path, People(("nobody",))) == []
    assert sources(config) == ["tables.orders: orders.csv", "tables.users: users.csv"]
