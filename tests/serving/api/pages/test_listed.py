"""Counts, pages and rows of a filter are those of the snapshot, whether a board tells them or the snapshot itself."""

import pytest

from serving.api.pages.listed import batches, counted, first
from serving.api.pages.people import asked

QUERIES = [{}, {"scored": "1"}, {"stage": "new,at_risk"}, {"band": "high", "stay": "-"}, {"from": "-", "scored": "1"}]


@pytest.fixture(scope="module")
def tagged(store, tmp_path_factory):
    """A snapshot of a few of the store's users with tags, without a board of tags."""
    import pyarrow as pa

    from serving.batch.part import write_part
    from serving.batch.snapshot import finish

    rows = store.snapshot.table().slice(0, 90)
    tags = [[None, ["a"], ["a", "b"], [], ["b,c"]][at % 5] for at in range(90)]
    there = rows.drop(["tags"]) if "tags" in rows.column_names else rows
    folder = tmp_path_factory.mktemp("tagged") / "snapshots" / "2026-01-01-tags"
    write_part(folder, "all", there.append_column("tags", pa.array(tags, pa.list_(pa.string()))))
    return finish(folder, {key: store.snapshot.manifest[key] for key in ("as_of", "users")}, 0)


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_file_has_whom_the_list_has_and_is_as_long_as_the_count(store, query):
    whom = asked(query)
    ids = [user for rows in batches(store.snapshot, whom, ["user_id", "stage"]) for user in rows["user_id"].to_pylist()]
    assert len(ids) == counted(store.snapshot, whom)["users"] == len({*ids})
    assert {*ids} == {row["user_id"] for row in first(store.snapshot, whom, 5000)}


@pytest.mark.parametrize(("query", "users"), [("a", 36), ("b", 18), ("b,c", 18), ("d", 0)])
def test_the_users_of_a_tag(tagged, query, users):
    whom = asked({"tag": query})
    assert len(first(tagged, whom, 90)) == users
    assert sum(len(rows) for rows in batches(tagged, whom, ["user_id"])) == users


def test_a_snapshot_without_tags_has_nobody_with_one(store):
    whom = asked({"tag": "a", "stage": "new"})
    found = counted(store.snapshot, whom)
    assert (found["users"], found["contactable"], first(store.snapshot, whom)) == (0, None, [])
    assert list(batches(store.snapshot, whom, ["user_id"])) == []
