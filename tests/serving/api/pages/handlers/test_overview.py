"""The overview's numbers are those of the snapshot."""

import re

from serving.api.pages.handlers.overview import tiles
from serving.api.pages.history import history
from serving.api.pages.people import Filter, sums


def test_tiles_say_what_the_rows_say(store):
    rows, cube = store.snapshot.table().to_pylist(), history(store.snapshot)[-1].cube
    scored = [row for row in rows if row["eligible"]]
    found = {tile.key: tile.of(cube) for tile in tiles(store.config)}
    healthy = sum(row["stage"] in ("loyal", "active") for row in scored) / len(scored)
    assert abs(found["healthy"] - healthy) < 1e-9
    assert found["at_risk"] == sum(row["stage"] == "at_risk" for row in rows)
    assert abs(found["churn"] - sum(row["churn_risk"] for row in scored)) < 0.01
    assert abs(found["at_stake"] - sum(row["value_at_stake"] for row in scored)) < 0.01
    assert sums(cube, Filter(scored=True))["users"] == len(scored)


def test_early_warning_tells_of_moves_to_a_worse_stage(site, store):
    text = site.get("/ui", headers={"accept-language": "en"}).text
    moved = [row for row in store.snapshot.table().to_pylist() if row["stage_before"] == "active"]
    lapsed = sum(row["stage"] == "lapsed_1" for row in moved)
    assert lapsed and re.search(rf"from=active&amp;stage=lapsed_1\">{lapsed}</a>", text)
    assert "from=lapsed_1&amp;stage=lapsed_2" not in text  # they were silent before, and nobody scores them any more


def test_a_teams_own_stages_have_tiles_of_what_they_are(store):
    stages = [{"name": "good", "all": ["healthy == true"]}, {"name": "others", "all": []}]
    given = store.config.model_dump() | {"lifecycle": {"stage": stages}, "file": store.config.file}
    found = tiles(store.config.model_validate(given))
    assert [one.key for one in found] == ["healthy", "churn", "at_stake"] and found[0].whom.values["stage"] == ("good",)


def test_who_may_see_numbers_alone_sees_no_user(view):
    from serving.api.pages.handlers.overview import overview

    numbers = overview(view(scopes=("view",))).body.decode()
    assert "/ui/users/" not in numbers and "/ui/list" not in numbers
    assert "/ui/users/" in overview(view()).body.decode()
