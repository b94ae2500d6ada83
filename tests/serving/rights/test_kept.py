"""A person is told all of what is kept about them, and nothing of anybody else."""

import json

from serving.batch.snapshot import latest
from serving.rights.erase import erase
from serving.rights.kept import KINDS, kept_of


def test_every_kind_of_place_is_looked_into_and_only_one_person_is_told_of(copy, planted, challenge):
    config = copy()
    challenge(latest(config.store_path), "v2", 0.1)
    found = kept_of(config, planted.ids[0], planted.now)
    assert {one.kind for one in found.places} == KINDS.keys() - {
        "looked at",
        "sums by day",
    }  # which test_partials.py has
    assert "user-" not in found.as_json() and not any(one in found.as_json() for one in planted.ids[1:])
    told = json.loads(found.as_json())
    assert told["user_id"] == planted.ids[0] and not told["erased_before"]
    assert [one for one in told["sent_to_other_systems"] if "csv for" in one]
    assert sum(one["kind"] == "scores" for one in told["kept"]) == 2


def test_who_looked_at_them_is_told_too(copy, planted):
    found = kept_of(copy(), planted.ids[3], planted.now)
    assert [one.rows for one in found.places if one.kind == "looked at"] == [[{"what": "user opened"}]]


def test_of_an_erased_user_only_that_they_were_erased_is_known(copy, planted):
    config = copy()
    erase(config, planted.ids, planted.now)
    found = kept_of(config, planted.ids[0], planted.now)
    assert found.suppressed and not found.places and not found.lists
