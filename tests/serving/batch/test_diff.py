"""Two snapshots compared: every user counted once, by where they were and where they are now."""

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInput
from serving.batch.diff import SCORES, diff

LATER = {"stay_tier": "low", "expected_value": 1.0, "value_if_stays": 1.0, "value_at_stake": 1.0}


def rows(*users):
    """(user, stage, band, tier, risk) each."""
    names = ("user_id", "stage", "risk_band", "value_tier", "churn_risk")
    text = pa.string()
    kinds = (pa.int64() if isinstance(users[0][0], int) else text, text, text, text, pa.float64())
    columns = [pa.array(values, kind) for values, kind in zip(zip(*users, strict=True), kinds, strict=True)]
    table = pa.table(columns, names=list(names))
    for name, value in LATER.items():
        table = table.append_column(name, pa.array([value] * len(users)))
    return table


BEFORE = rows(
    (1, "active", "low", "mid", 0.1),
    (2, "active", "low", "mid", 0.2),
    (3, "at_risk", "high", "high", 0.9),
    (4, "lapsed_1", None, None, None),
    (5, "active", "low", "low", 0.1),
)
AFTER = rows(
    (1, "active", "low", "mid", 0.15),  # another risk, but the same groups: did not move
    (2, "at_risk", "high", "mid", 0.8),
    (3, "at_risk", "high", "mid", 0.9),
    (4, "resurrected", "medium", "low", 0.5),
    (6, "new", "low", "low", 0.3),
)


@pytest.fixture
def con():
    con = ibis.duckdb.connect()
    yield con
    con.disconnect()


@pytest.fixture
def pair(write_snapshot):
    return write_snapshot("2026-01-01-aaa", BEFORE), write_snapshot("2026-02-01-bbb", AFTER, digits=0)


def test_users_are_counted_by_where_they_were_and_are(con, pair):
    found = diff(con, *pair)
    assert (found.stayed, found.came, found.went, found.moved) == (4, 1, 1, 3)
    assert found.moves == {
        "stage": {
            ("active", "active"): 1,
            ("active", "at_risk"): 1,
            ("at_risk", "at_risk"): 1,
            ("lapsed_1", "resurrected"): 1,
        },
        "risk_band": {("low", "low"): 1, ("low", "high"): 1, ("high", "high"): 1, (None, "medium"): 1},
        "value_tier": {("mid", "mid"): 2, ("high", "mid"): 1, (None, "low"): 1},
        "stay_tier": {("low", "low"): 4},
    }


def test_movers_are_written_by_user(con, pair, tmp_path):
    diff(con, *pair, tmp_path / "there" / "movers.parquet")
    found = pq.read_table(tmp_path / "there" / "movers.parquet")
    assert {row["user_id"]: row["presence"] for row in found.to_pylist()} == {
        2: "stayed",
        3: "stayed",
        4: "stayed",
        5: "went",
        6: "came",
    }
    assert found["user_id"].to_pylist() == [2, 3, 4, 5, 6]
    two, five = found.to_pylist()[0], found.to_pylist()[3]
    assert (two["stage_before"], two["stage_after"], two["churn_risk_before"], two["churn_risk_after"]) == (
        "active",
        "at_risk",
        0.2,
        0.8,
    )
    assert five["stage_after"] is None and all(five[f"{name}_after"] is None for name in SCORES)


def test_a_snapshot_is_the_same_as_itself(con, pair, tmp_path):
    found = diff(con, pair[0], pair[0], tmp_path / "movers.parquet")
    assert (found.stayed, found.came, found.went, found.moved) == (5, 0, 0, 0)
    assert pq.read_table(tmp_path / "movers.parquet").num_rows == 0


def test_users_by_text_are_not_compared_with_users_by_number(con, write_snapshot, pair):
    other = write_snapshot("2026-03-01-ccc", rows(("1", "active", "low", "mid", 0.1)))
    with pytest.raises(BadInput, match="ccc: user ids are string, in 2026-01-01-aaa int64; compare snapshots"):
        diff(con, pair[0], other)


def test_a_damaged_part_is_refused(con, pair, tmp_path):
    with (pair[1].folder / "part-all.parquet").open("r+b") as file:
        file.seek(99)
        file.write(b"!")
    with pytest.raises(BadInput, match="part-all.parquet: damaged"):
        diff(con, *pair, tmp_path / "movers.parquet")
    assert not (tmp_path / "movers.parquet").exists()
