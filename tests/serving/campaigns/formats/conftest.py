"""Lists to be written, and what they are written for."""

import hashlib
from datetime import UTC, datetime
from functools import partial

import pyarrow as pa
import pytest

from serving.campaigns.formats.target import Target


def listed(users: int, **columns) -> pa.Table:
    """A list as a run has it; columns replace or join those that there are, None takes one away."""
    found = {
        "user_id": [f"u{one}" for one in range(users)],
        "id": [hashlib.sha256(f"u{one}".encode()).hexdigest() for one in range(users)],
        "sender": [f"clerk{one % 3}" for one in range(users)],
        "play": ["welcome"] * users,
        "campaign_id": ["2026-06-01-abc123/welcome"] * users,
        "offer": [None if one % 5 == 0 else "coupon_20" for one in range(users)],
        "kind": ["care"] * users,
        "send_after": pa.array([datetime(2026, 6, 2, 1, tzinfo=UTC)] * users, pa.timestamp("us", "UTC")),
        "send_before": pa.array([None] * users, pa.timestamp("us", "UTC")),
    }
    return pa.table({name: values for name, values in (found | columns).items() if values is not None})


@pytest.fixture
def a_list():
    return listed


@pytest.fixture
def target():
    return partial(Target, channel="push", batch=1000, play="welcome")
