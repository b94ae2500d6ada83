"""Rows of the snapshot as the API gives them, and what made them."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta

import pytest

from features.engine.duckdb_session import utc
from serving.api.contract.errors import Refused
from serving.api.live import Live
from serving.api.routes import snapshot_rows


@pytest.fixture(scope="module")
def current(base):
    return Live(base.config).current()


def test_a_user_is_known_by_a_number_and_by_its_text(current, wanted):
    user = wanted[0]["user_id"]
    asked = [user, str(user), f"{user}.0", "ann", 2**70, -(2**70), str(2**70), f"0{user}", f" {user}"]
    found = snapshot_rows.users(current, asked, "en")
    assert list(found) == asked[:3] and {row["user_id"] for row in found.values()} == {user}


@pytest.mark.parametrize(
    ("given", "whole", "known"),
    [
        ("7", True, 7),
        ("-7.0", True, -7),
        ("9223372036854775807", True, 2**63 - 1),
        ("٣", True, "٣"),
        ("7\n", True, "7\n"),
        ("9" * 5000, True, "9" * 5000),
        (7, True, 7),
        (7, False, "7"),
        ("7.0", False, "7.0"),
    ],
)
def test_an_id_is_read_as_the_tables_read_it(given, whole, known):
    assert snapshot_rows.known_as(given, whole) == known


def test_what_made_an_answer_is_named(current, base):
    assert snapshot_rows.made(current, "2026-01-01T00:00:00") == {
        "model_version": base.model.name,
        "snapshot": base.snapshot.run_id,
        "as_of": "2026-01-01T00:00:00",
    }
    other = replace(base.snapshot, manifest=base.snapshot.manifest | {"model_version": "v0-old"})
    assert snapshot_rows.made_snapshot(other)["model_version"] == "v0-old"


def test_without_a_snapshot_nobody_can_be_looked_up(current):
    with pytest.raises(Refused) as caught:
        snapshot_rows.users(replace(current, snapshot=None), [1], "en")
    assert caught.value.problem.status == 503


def test_the_as_of_is_read_as_the_configuration_reads_times(current):
    assert snapshot_rows.as_of(current, "2026-01-31T12:00:00+02:00") == datetime(2026, 1, 31, 10)
    assert snapshot_rows.as_of(current, "2026-01-31") == datetime(2026, 1, 31)
    assert abs(snapshot_rows.as_of(current, None) - utc(datetime.now().astimezone())) < timedelta(seconds=9)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2999-01-01", "0001-01-01T00:00:00+14:00", "1.5"])
def test_what_is_no_past_date_is_refused(current, text):
    with pytest.raises(Refused) as caught:
        snapshot_rows.as_of(current, text)
    assert (caught.value.problem.status, caught.value.problem.field) == (400, "as_of")


def test_the_population_is_the_snapshots_or_else_the_models(current, base, population):
    kept = asdict(population) | {"cutoff": population.cutoff.isoformat()}
    known = replace(base.snapshot, manifest=base.snapshot.manifest | {"population": kept})
    assert snapshot_rows.record(replace(current, snapshot=known)) == population
    assert snapshot_rows.record(replace(current, snapshot=None)) == base.model.bundle.population
