"""The policy against an oracle of plain Python, and its arms."""

import random
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving.campaigns.policy_worlds import decided, expected, planned, world

USERS, PLAYS, DAYS = 500, 12, 60


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(by=st.randoms(use_true_random=False), seed=st.integers(0, 10**6))
def test_every_user_has_in_every_play_the_reason_that_an_oracle_of_plain_python_gives(by, seed):
    one = world(random.Random(seed), USERS, PLAYS, DAYS, by)
    with tempfile.TemporaryDirectory() as folder:
        found = decided(planned(one, Path(folder), int(seed % 8 == 0)))
    wanted = expected(one)
    assert {key: (found.get(key), fate) for key, fate in wanted.items() if found.get(key) != fate} == {}
    assert found.keys() == wanted.keys()
