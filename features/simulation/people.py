"""What the users table knows of a user for operations: where they are, how they may be reached, who invited them.

Drawn from a generator of its own, so that what an old seed's users do stays as it was. Ids are hashes of numbers: there
is no phone and no person behind them.
"""

import hashlib

import numpy as np
import pyarrow as pa

from features.simulation.story import BLOCK

ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Europe/London", "America/New_York")
OWNERS = 24  # people who look after customers in WeCom


def columns(
    seed: int, begin: int, ids: np.ndarray, signup: np.ndarray, channel: pa.Array, region: pa.Array, consent: np.ndarray
) -> dict[str, pa.Array]:
    """More columns of the users of a block, which begins after ``begin`` users.

    timezone: by region, abroad in London or New York, null for one in twenty. consent_sms: of those who consent to
    marketing, two thirds. phone_sha256: null for three in twenty. external_userid and wecom_owner: of two in five.
    invited_by: for those who came by referral a user of the block who signed up before, null if there is none.
    """
    rng, count = generator(seed, begin, 2), len(ids)
    where = np.array(region.to_pylist(), dtype=object)
    zone = np.select([where == "abroad", where == "west"], [rng.integers(2, 4, count), 1], 0)
    phone, friend, sms, lost = rng.random((4, count)) < [[0.85], [0.4], [2 / 3], [0.05]]
    owner = rng.integers(1, OWNERS + 1, count)
    order = np.argsort(signup, kind="stable")
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    host = ids[order[(rng.random(count) * rank).astype(np.int64)]]
    invited = (np.array(channel.to_pylist(), dtype=object) == "referral") & (rank > 0)
    return {
        "timezone": pa.array(ZONES).take(pa.array(zone, mask=lost)),
        "consent_sms": pa.array(consent & sms),
        "phone_sha256": pa.array([_hash(seed, "phone", one) for one in ids], pa.string(), mask=~phone),
        "external_userid": pa.array([f"wm{_hash(seed, 'wecom', one)[:30]}" for one in ids], pa.string(), mask=~friend),
        "wecom_owner": pa.array([f"advisor_{one:02}" for one in owner], pa.string(), mask=~friend),
        "invited_by": pa.array(host, mask=~invited),
    }


def generator(seed: int, begin: int, what: int) -> np.random.Generator:
    """A block's generator beside that of its story. what: a number from 2 on, another for each purpose."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(begin // BLOCK, what)))


def _hash(seed: int, what: str, user: int) -> str:
    return hashlib.sha256(f"{seed} {what} {user}".encode()).hexdigest()
