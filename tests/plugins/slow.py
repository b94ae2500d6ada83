"""Gives slow tests the marker that `make quick` leaves out, by one list instead of a line in each file."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What takes more than some ten seconds: folders and files, and fixtures with the folder that they are used in.
SLOW_PATHS = (
    "tests/features/boards/test_boards_spark.py",
    "tests/features/engine/test_spark",  # starts Java
    "tests/serving/api/test_bento.py",
    "tests/serving/api/reload/",
    "tests/serving/batch/test_score",
    "tests/serving/batch/work/test_executors.py",  # a cluster
    "tests/serving/campaigns/test_campaigns_killed.py",
    "tests/serving/cli/demo/test_demo.py",
    "tests/test_containers.py",
    "tests/test_holdfast.py",
    "tests/test_holdfast_identities.py",  # trains twice
    "tests/test_holdfast_stopped.py",
    "tests/training/fit/",
    "tests/training/test_job.py",
    "tests/training/tracking/",
    "tests/training/verification/test_targeting.py",
)
SLOW_FIXTURES = {"real_data": "tests/", "base": "tests/serving/", "system": "tests/training/"}


def pytest_collection_modifyitems(items):
    for item in items:
        path, fixtures = item.path.relative_to(ROOT).as_posix(), set(getattr(item, "fixturenames", ()))
        used = [name for name in SLOW_FIXTURES.keys() & fixtures if path.startswith(SLOW_FIXTURES[name])]
        if path.startswith(SLOW_PATHS) or used:
            item.add_marker(pytest.mark.slow)
