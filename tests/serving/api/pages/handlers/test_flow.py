"""The flow's bands add up to its boxes, and lead to who moved."""

import re
from collections import Counter


def test_bands_are_the_moves_between_the_snapshots(site, store):
    text = site.get("/ui/flow?all=1", headers={"accept-language": "en"}).text
    moves = Counter((row["stage_before"], row["stage"]) for row in store.snapshot.table().to_pylist())
    drawn = {move: n for move, n in moves.items() if n >= max(1, 0.001 * store.snapshot.manifest["users"])}
    for (before, now), users in drawn.items():
        address = f"/ui/list?from={before or '-'}&amp;stage={now}"
        assert re.search(rf'<a href="{re.escape(address)}" aria-label="[^"]*: {users:,} users', text), (before, now)


def test_boxes_of_an_earlier_date_lead_to_the_snapshot_of_then(site, store):
    text = site.get("/ui/flow", headers={"accept-language": "en"}).text
    assert f"at={store.before.run_id}" in text


def test_what_is_expected_is_drawn_as_expected(site, store):
    made = store.snapshot.manifest["boards"]["made"]
    text = site.get("/ui/flow", headers={"accept-language": "en"}).text
    assert ("box expected" in text or " expected" in text) == ("next" in made)
